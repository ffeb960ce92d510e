// Runs in the page before Streamlit's script.

// Where the server is; Streamlit would look for it at the page's own address first, in vain.
window.__streamlit = { BACKEND_BASE_URL: location.origin };

// A page opens under its bare address, and then says in it what it shows. That is one step of the browser's history, not
// two: the fuller address takes the place of the bare one.
{
  const push = history.pushState;
  history.pushState = function pushState(state, title, address) {
    const next = new URL(address, location.href);
    const fuller = next.pathname === location.pathname && !location.search;
    return (fuller ? history.replaceState : push).call(this, state, title, address);
  };
}

// Back and Forward are told to the server in the address, which takes it out again: without that, an address that is another
// one may as well be older than what was just clicked.
addEventListener("popstate", () => {
  const address = new URL(location.href);
  address.searchParams.set("step", String(Date.now()));
  history.replaceState(history.state, "", address);
}, true);
