"""Train the pocket CLIP on drawings of emoji, or measure the weights that lie beside this file.

    python -m assets.pocket_clip.train --work DIR --teacher DIR --minutes 55
    python -m assets.pocket_clip.train --evaluate

Run from the root of the repository. Training takes a fixed time rather than a number of steps: the learning
rates, the size of the pictures and the end follow the share of the time that has passed, so a busy machine
does fewer steps but still ends with a finished schedule. Several processes of one thread, their gradients
averaged, wait for each other once a step, where one process of several threads does so at every operation:
on a busy machine that makes the second core worth having. A stopped run goes on from the last checkpoint in
``--work``. See CARD.md for the data and where to get them.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import open_clip
import torch
import torch.distributed as dist
import torch.multiprocessing as processes
import torch.nn.functional as F
from open_clip.model import CLIP
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from assets.demo.make import Emoji
from assets.pocket_clip import corpus, evaluate, pictures, teacher
from assets.pocket_clip.corpus import Caption, Item

HERE = Path(__file__).parent
CONFIG = "open_clip_config.json"
WEIGHTS = "open_clip_model.safetensors"

PICTURES_IN_BATCH = 128
LEXICON_IN_BATCH = 128
LEXICON_IN_BATCH_ALONE = 768
CAPTIONS_IN_BATCH_ALONE = 256
# Small pictures first: most of what is learnt from them holds for larger ones, at less than half the cost.
SIZES = ((0.3, 48), (1.0, 64))
TEXT_ALONE = 0.07
TEXT_RATE, PICTURE_RATE, WEIGHT_DECAY = 1e-3, 2e-3, 0.05
AVERAGE_DECAY = 0.99
# A share of each target goes to what the teacher finds close, so that near misses cost less.
SOFT_SHARE, SOFT_TEMPERATURE = 0.2, 0.05
TEACHER_TEMPERATURE = 0.05
PLACE_SCALE = 16.0
# The text tower is half of the cost of a step and, once it follows its teacher, has little left to learn.
TEXT_EVERY = 4
BANK_EVERY = 40
CHECKPOINT_EVERY = 240.0


@dataclass
class Texts:
    """Texts ready for the text tower: tokens ``[N, L]`` and the unit vectors ``[N, D]`` they are to have."""

    tokens: Tensor
    meanings: Tensor

    def take(self, index: Tensor) -> Texts:
        """The texts at ``index``, their common padding cut off."""
        tokens = self.tokens[index]
        return Texts(tokens[:, : int((tokens != 0).sum(1).max())], self.meanings[index])

    def __len__(self) -> int:
        return len(self.tokens)


@dataclass
class School:
    """Everything the model learns from, held in memory.

    ``drawings``: premultiplied RGBA uint8 ``[R, 4, S, S]``; those of item ``i`` start at ``first[i]`` and are
    ``many[i]``. ``choices[i]``: the kinds of captions of item ``i`` with their shares, as indices into
    ``captions``. ``names``: where in ``captions`` the bare names are, ``[T]``. ``places``: the subgroup of
    each item, ``[T]``.
    """

    items: list[Item]
    drawings: Tensor
    first: Tensor
    many: Tensor
    may_be_mirrored: Tensor
    captions: Texts
    choices: list[list[tuple[float, list[int]]]]
    names: Tensor
    places: Tensor
    lexicon: Texts

    def at_size(self, size: int) -> Tensor:
        """The drawings at another size."""
        return pictures.resized(self.drawings, size)

    def some_drawing(self, index: Tensor) -> Tensor:
        """One of the drawings of each item, ``[B]``."""
        return self.first[index] + (torch.rand(len(index)) * self.many[index]).long()

    def some_caption(self, index: Tensor) -> Tensor:
        """One of the captions of each item, ``[B]``."""
        return torch.tensor([self._caption(i) for i in index.tolist()])

    def _caption(self, item: int) -> int:
        shares, kinds = zip(*self.choices[item], strict=True)
        return random.choice(random.choices(kinds, shares)[0])


class Learner(nn.Module):
    """The CLIP that is shipped, and one direction a subgroup that only helps to train it."""

    def __init__(self, clip: CLIP, places: int) -> None:
        super().__init__()
        self.clip = clip
        self.places = nn.Parameter(torch.randn(places, clip.text_projection.shape[1]))

    def text(self, tokens: Tensor) -> Tensor:
        """Unit vectors ``[B, D]``; unlike ``CLIP.encode_text`` it takes texts cut shorter than the context."""
        clip, length = self.clip, tokens.shape[1]
        hidden = clip.token_embedding(tokens) + clip.positional_embedding[:length]
        hidden = clip.ln_final(clip.transformer(hidden, attn_mask=clip.attn_mask[:length, :length]))
        # The end of a text has the highest number of all tokens.
        last = hidden[torch.arange(len(tokens)), tokens.argmax(1)]
        return F.normalize((last @ clip.text_projection).float(), dim=-1)

    def picture(self, views: Tensor) -> Tensor:
        """Unit vectors ``[B, D]`` of ``[B, 3, S, S]``."""
        views = views.contiguous(memory_format=torch.channels_last)
        return F.normalize(self.clip.encode_image(views).float(), dim=-1)

    def scale(self) -> Tensor:
        """The factor of the similarities, kept below CLIP's customary 100."""
        return self.clip.logit_scale.exp().clamp(max=100)


def build_clip(folder: Path = HERE) -> CLIP:
    """A fresh model after the shipped configuration."""
    return CLIP(**json.loads((folder / CONFIG).read_text())["model_cfg"])


def soft_targets(meanings: Tensor, others: Tensor, same: Tensor) -> Tensor:
    """Rows of target probabilities, ``[B, N]``.

    ``same`` ``[B, N]`` marks the right answers; ``SOFT_SHARE`` of each row follows the similarity of
    ``meanings`` ``[B, D]`` to ``others`` ``[N, D]``.
    """
    right = same.float() / same.sum(1, keepdim=True)
    close = F.softmax(meanings @ others.T / SOFT_TEMPERATURE, dim=1)
    return (1 - SOFT_SHARE) * right + SOFT_SHARE * close


def teacher_loss(vectors: Tensor, meanings: Tensor) -> Tensor:
    """How far unit vectors ``[B, D]`` are from the teacher's, and from telling the teacher's apart."""
    similar = vectors @ meanings.T
    apart = F.cross_entropy(similar / TEACHER_TEMPERATURE, torch.arange(len(vectors)))
    return 1 - similar.diagonal().mean() + 0.1 * apart


def contrast_loss(learner: Learner, views: Tensor, texts: Tensor, captions: Texts, caption: Tensor) -> Tensor:
    """CLIP's loss in both directions; the same caption twice in a batch is right twice."""
    logits = learner.scale() * views @ texts.T
    targets = soft_targets(captions.meanings, captions.meanings, caption[:, None] == caption[None, :])
    return (F.cross_entropy(logits, targets) + F.cross_entropy(logits.T, targets)) / 2


def bank_loss(learner: Learner, views: Tensor, bank: Tensor, names: Tensor, index: Tensor) -> Tensor:
    """Each picture against the names of all items; ``bank`` and ``names`` are ``[T, D]``, by model and teacher."""
    same = F.one_hot(index, len(bank))
    return F.cross_entropy(learner.scale() * views @ bank.T, soft_targets(names[index], names, same))


def place_loss(learner: Learner, views: Tensor, places: Tensor) -> Tensor:
    """Each picture against the directions of the subgroups."""
    logits = PLACE_SCALE * views @ F.normalize(learner.places, dim=-1).T
    return F.cross_entropy(logits, places, label_smoothing=0.1)


def vocabulary(captions: Iterable[Caption]) -> dict[Caption, int]:
    """A number for every different caption."""
    return {caption: number for number, caption in enumerate(dict.fromkeys(captions))}


def go_to_school(arguments: argparse.Namespace, items: list[Item]) -> School:
    """Draw, tokenise and look up everything that training needs."""
    items, forbidden = [item for item in items if not item.held_out], frozenset(i.name for i in items if i.held_out)
    sayings = [corpus.captions_of(item, forbidden) for item in items]
    number = vocabulary(caption for saying in sayings for _, kind in saying.kinds() for caption in kind)
    words = corpus.read_lexicon(arguments.wordnet)
    meanings = [caption.meaning for caption in number]
    known = teacher.read_or_embed([*meanings, *words], arguments.teacher, arguments.work / "teacher.pt")
    directions = teacher.main_directions(torch.stack([*known.values()]).float(), build_clip().text_projection.shape[1])

    def texts(said: Sequence[str], meant: Sequence[str]) -> Texts:
        tokens = open_clip.get_tokenizer(f"local-dir:{HERE}")(list(said))
        return Texts(tokens, teacher.projected(torch.stack([known[text] for text in meant]).float(), directions))

    places = {place: number for number, place in enumerate(dict.fromkeys(item.emoji.subgroup for item in items))}
    many = torch.tensor([len(item.drawings) for item in items])
    return School(
        items=items,
        drawings=pictures.draw_all([text for item in items for text in item.drawings], arguments.font, SIZES[-1][1]),
        first=many.cumsum(0) - many,
        many=many,
        may_be_mirrored=torch.tensor([item.may_be_mirrored for item in items]),
        captions=texts([caption.text for caption in number], meanings),
        choices=[[(share, [number[c] for c in kind]) for share, kind in saying.kinds()] for saying in sayings],
        names=torch.tensor([number[saying.name] for saying in sayings]),
        places=torch.tensor([places[item.emoji.subgroup] for item in items]),
        lexicon=texts(words, words),
    )


def optimiser(learner: Learner) -> torch.optim.AdamW:
    """AdamW; only matrices decay, and not the token embedding, most rows of which are rarely seen."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in learner.named_parameters():
        rate = PICTURE_RATE if name.startswith("clip.visual") else TEXT_RATE
        decays = parameter.ndim > 1 and "embedding" not in name
        groups.setdefault((rate, WEIGHT_DECAY if decays else 0.0), []).append(parameter)
    settings = [{"params": p, "lr": rate, "base": rate, "weight_decay": decay} for (rate, decay), p in groups.items()]
    return torch.optim.AdamW(settings, betas=(0.9, 0.98))


def rate_at(progress: float) -> float:
    """The share of the learning rate: two per cent of the time upwards, then half a cosine to zero."""
    return min(1.0, progress / 0.02) * (1 + math.cos(math.pi * min(progress, 1.0))) / 2


def size_at(progress: float) -> int:
    """The side of the training pictures."""
    return next((size for end, size in SIZES if progress < end), SIZES[-1][1])


def endless_batches(count: int, size: int) -> Iterator[Tensor]:
    """Shuffled indices ``[size]``, each index once before any comes again."""
    while True:
        yield from torch.randperm(count).split(size)[: count // size]


def averaged_over_processes(parameters: Iterable[nn.Parameter], number: float) -> float:
    """Replace every gradient by its mean over the processes; the mean of their ``number``."""
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    flat = torch.cat([*(gradient.flatten() for gradient in gradients), torch.tensor([number])])
    dist.all_reduce(flat)
    flat /= dist.get_world_size()
    for gradient, mean in zip(gradients, flat[:-1].split([gradient.numel() for gradient in gradients]), strict=True):
        gradient.copy_(mean.view_as(gradient))
    return flat[-1].item()


class Run:
    """One training run: the learner, its running average, and the clock that outlives an interruption."""

    def __init__(self, school: School, minutes: float) -> None:
        self.school, self.seconds = school, minutes * 60
        self.learner = Learner(build_clip(), int(school.places.max()) + 1).to(memory_format=torch.channels_last)
        self.optimiser = optimiser(self.learner)
        self.average = {name: value.clone() for name, value in self.learner.state_dict().items()}
        self.step, self.spent, self.began = 0, 0.0, time.monotonic()
        self.items = endless_batches(len(school.items), PICTURES_IN_BATCH)
        self.words = endless_batches(len(school.lexicon), LEXICON_IN_BATCH)
        self.words_alone = endless_batches(len(school.lexicon), LEXICON_IN_BATCH_ALONE)
        self.size, self.drawings = 0, school.drawings
        self.bank = torch.empty(0)

    @property
    def progress(self) -> float:
        return self.spent / self.seconds

    def save(self, path: Path) -> None:
        """Write a checkpoint whole or not at all."""
        parts = {"learner": self.learner.state_dict(), "optimiser": self.optimiser.state_dict()}
        torch.save(parts | {"average": self.average, "step": self.step, "spent": self.spent}, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)

    def restore(self, path: Path) -> None:
        """Go on from a checkpoint."""
        kept = torch.load(path, weights_only=True)
        self.learner.load_state_dict(kept["learner"])
        self.optimiser.load_state_dict(kept["optimiser"])
        self.average, self.step, self.spent = kept["average"], kept["step"], kept["spent"]
        self.began = time.monotonic() - self.spent

    def advance(self) -> dict[str, float]:
        """One step; the losses by name."""
        for group in self.optimiser.param_groups:
            group["lr"] = group["base"] * rate_at(self.progress)
        self.learner.train()
        # On a processor the plain kernel is several times as fast as the fused one for texts this short.
        with torch.autocast("cpu", torch.bfloat16), sdpa_kernel(SDPBackend.MATH):
            losses = self.text_losses() if self.progress < TEXT_ALONE else self.picture_losses()
            loss = torch.stack([*losses.values()]).sum()
        self.optimiser.zero_grad()
        loss.backward()
        # The time has to be the same everywhere, or the processes would not change and end together.
        self.spent = averaged_over_processes(self.learner.parameters(), time.monotonic() - self.began)
        nn.utils.clip_grad_norm_(self.learner.parameters(), 5.0)
        self.optimiser.step()
        self.follow()
        self.step += 1
        return {name: value.item() for name, value in losses.items()}

    def text_losses(self) -> dict[str, Tensor]:
        """The text tower alone, half of it words and half of it captions."""
        words = self.school.lexicon.take(next(self.words_alone))
        captions = self.school.captions.take(torch.randint(len(self.school.captions), (CAPTIONS_IN_BATCH_ALONE,)))
        return {
            "words": teacher_loss(self.learner.text(words.tokens), words.meanings),
            "captions": teacher_loss(self.learner.text(captions.tokens), captions.meanings),
        }

    def picture_losses(self) -> dict[str, Tensor]:
        """Pictures against names, captions and subgroups; in one step of ``TEXT_EVERY`` the text tower learns too.

        In the other steps the names are those of the bank, and the teacher's vectors stand for the captions.
        """
        school, index = self.school, next(self.items)
        if self.step % BANK_EVERY == 0 or not len(self.bank):
            self.bank = self.name_bank()
        caption = school.some_caption(index)
        captions = school.captions.take(caption)
        views = self.learner.picture(self.views(index))
        losses = {
            "bank": bank_loss(self.learner, views, self.bank, school.captions.meanings[school.names], index),
            "place": 0.3 * place_loss(self.learner, views, school.places[index]),
        }
        texts = captions.meanings
        if self.step % TEXT_EVERY == 0:
            texts = self.learner.text(captions.tokens)
            words = school.lexicon.take(next(self.words))
            losses["words"] = teacher_loss(self.learner.text(words.tokens), words.meanings)
            losses["captions"] = 0.5 * teacher_loss(texts, captions.meanings)
        return losses | {"contrast": contrast_loss(self.learner, views, texts, captions, caption)}

    def views(self, index: Tensor) -> Tensor:
        """Disturbed drawings of the items, ``[B, 3, S, S]`` at the size of the moment."""
        if self.size != (size := size_at(self.progress)):
            self.size, self.drawings = size, self.school.at_size(size)
        chosen = self.drawings[self.school.some_drawing(index)]
        return pictures.disturbed(chosen, self.school.may_be_mirrored[index])

    @torch.no_grad()
    def name_bank(self) -> Tensor:
        """The text tower's present vectors of all names, ``[T, D]``."""
        parts = self.school.names.split(512)
        return torch.cat([self.learner.text(self.school.captions.take(part).tokens) for part in parts])

    @torch.no_grad()
    def follow(self) -> None:
        """Move the average a little towards the learner, further while it is young."""
        decay = min(AVERAGE_DECAY, (1 + self.step) / (10 + self.step))
        for name, value in self.learner.state_dict().items():
            if value.is_floating_point():
                self.average[name].lerp_(value, 1 - decay)
            else:
                self.average[name].copy_(value)

    def averaged_clip(self) -> CLIP:
        """A model with the averaged weights."""
        prefix, clip = "clip.", build_clip()
        clip.load_state_dict({k.removeprefix(prefix): v for k, v in self.average.items() if k.startswith(prefix)})
        return clip


def export(clip: CLIP, folder: Path) -> None:
    """Write the configuration and half-precision weights where open_clip finds them."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {k: v.half() if v.is_floating_point() else v for k, v in clip.state_dict().items()}
    save_file({k: v.contiguous() for k, v in weights.items()}, folder / WEIGHTS, metadata={"format": "pt"})
    (folder / CONFIG).write_text((HERE / CONFIG).read_text())


def measure(clip: CLIP, emoji: Sequence[Emoji], drawings: Tensor) -> evaluate.Figures:
    """The figures of a model; ``drawings`` are premultiplied RGBA uint8 ``[N, 4, S, S]``."""
    clip.eval()
    tokens = open_clip.get_tokenizer(f"local-dir:{HERE}")([one.name for one in emoji])
    seen = evaluate.in_batches(clip.encode_image, pictures.on_white(drawings))
    return evaluate.figures(emoji, seen, evaluate.in_batches(clip.encode_text, tokens))


def train(rank: int, arguments: argparse.Namespace) -> None:
    """Train until the time is spent; the first process leaves a checkpoint, an export and figures at times."""
    torch.set_num_threads(arguments.threads)
    meeting = (arguments.work / "meeting").absolute()
    dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=arguments.processes)
    torch.manual_seed(arguments.seed)
    items = corpus.read_items(arguments.emoji_test, arguments.cldr)
    emoji = [item.emoji for item in items]
    plain = pictures.draw_all([one.text for one in emoji], arguments.font, SIZES[-1][1])
    # The first process fills the teacher's cache; the others wait and read it.
    if rank:
        dist.barrier()
    school = go_to_school(arguments, items)
    if not rank:
        dist.barrier()
    run = Run(school, arguments.minutes)
    checkpoint = arguments.work / "checkpoint.pt"
    if checkpoint.exists():
        run.restore(checkpoint)
    # The processes begin with the same weights and must then see different pictures.
    random.seed(arguments.seed + rank)
    torch.manual_seed(arguments.seed + rank)
    last = run.spent
    while run.progress < 1:
        losses = run.advance()
        if rank == 0 and (run.spent - last > CHECKPOINT_EVERY or run.progress >= 1):
            last = run.spent
            run.save(checkpoint)
            clip = run.averaged_clip()
            export(clip, arguments.work / "export")
            shown = "  ".join(f"{name} {value:.2f}" for name, value in losses.items())
            print(f"{run.spent / 60:.1f} min  step {run.step}  size {run.size}  {shown}", flush=True)
            print(f"    {measure(clip, emoji, plain)}", flush=True)
    dist.destroy_process_group()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--evaluate", action="store_true", help="measure the shipped weights instead of training")
    parser.add_argument("--font", type=Path, default=Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf"))
    parser.add_argument("--emoji-test", type=Path, default=Path("/usr/share/unicode/emoji/emoji-test.txt"))
    parser.add_argument("--cldr", type=Path, default=Path("/usr/share/unicode/cldr"))
    parser.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet"))
    parser.add_argument("--teacher", type=Path, help="folder of all-MiniLM-L6-v2, as sentence-transformers saves it")
    parser.add_argument("--work", type=Path, default=Path("pocket_clip_run"), help="checkpoints and exports")
    parser.add_argument("--minutes", type=float, default=55.0, help="time to train")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1, help="of each process")
    arguments = parser.parse_args()
    if arguments.evaluate:
        torch.set_num_threads(arguments.threads)
        evaluate.report(HERE)
    else:
        arguments.work.mkdir(parents=True, exist_ok=True)
        (arguments.work / "meeting").unlink(missing_ok=True)
        processes.spawn(train, (arguments,), arguments.processes)


if __name__ == "__main__":
    main()
