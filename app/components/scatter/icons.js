// The map's tools: what they look like, what they are called, and how the mouse does the same.

const ICONS = {
  lasso: "M12 5c-5 0-8.5 2-8.5 5s3.5 5 8.5 5 8.5-2 8.5-5-3.500-5-8.500-5M7 14.500c-1.500 2 0 3.500 2 3M6 18.500c0 1-.5 2-1.500 2.500",
  box: "M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4",
  hand: "M12 3v18M3 12h18M12 3l-2.500 2.500M12 3l2.500 2.500M12 21l-2.500-2.500M12 21l2.500-2.500M3 12l2.500-2.500M3 12l2.500 2.500M21 12l-2.500-2.500M21 12l-2.500 2.500",
  whole: "M9 4H4v5M15 4h5v5M9 20H4v-5M15 20h5v-5M9.500 12h5M12 9.500v5",
};
const NAMES = { lasso: "Draw around points (L)", box: "Drag a box (B)", hand: "Move the map (M, or hold Space)", whole: "Show everything (0)" };
const HELP = "Drag: select · Shift: add · Alt: take out · wheel: zoom · Space: move";
