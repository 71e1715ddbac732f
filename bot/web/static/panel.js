// Sources open beside the answer where there is room, and as pages of their own where there is not. Without this script they are plain links.
(() => {
  const panel = document.getElementById("panel");
  if (!panel) return;
  const body = document.getElementById("panel-body");
  const wide = matchMedia("(min-width: 861px)");
  const SOURCE = /^\/(activities|calls|meetings|mails|notes|tasks|changes|contacts|deals|accounts)\//;
  let opener = null;
  let asked = 0;

  const place = (hash) => {
    const cited = body.querySelector("mark") || (hash && document.getElementById(decodeURIComponent(hash.slice(1))));
    const target = cited && body.contains(cited) ? cited : null;
    if (!target) {
      body.scrollTop = 0;
      return;
    }
    target.closest("details")?.setAttribute("open", "");
    const offset = target.getBoundingClientRect().top - body.getBoundingClientRect().top;
    body.scrollTo({ top: body.scrollTop + offset - body.clientHeight / 3, behavior: "instant" });
  };

  const open = async (link) => {
    const url = new URL(link.href);
    const mine = ++asked;
    const response = await fetch(url.pathname + url.search, { headers: { "X-Part": "panel" }, credentials: "same-origin" }).catch(() => null);
    if (mine !== asked) return;
    if (!response?.ok || new URL(response.url).pathname === "/sign-in") {
      location.href = link.href;
      return;
    }
    body.innerHTML = await response.text();
    document.querySelectorAll(".cite.open").forEach((one) => one.classList.remove("open"));
    link.classList.add("open");
    document.getElementById("panel-page").href = link.href;
    opener = link;
    panel.hidden = false;
    place(new URL(response.url).hash || url.hash);
    body.focus({ preventScroll: true });
  };

  const close = () => {
    if (panel.hidden) return false;
    panel.hidden = true;
    body.replaceChildren();
    document.querySelectorAll(".cite.open").forEach((one) => one.classList.remove("open"));
    if (opener?.isConnected) opener.focus({ preventScroll: true });
    return true;
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.cite, a.cite-source, a.source-link");
    if (!link || !wide.matches || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (panel.contains(link) || new URL(link.href).origin !== location.origin || !SOURCE.test(new URL(link.href).pathname)) return;
    event.preventDefault();
    open(link);
  });
  document.getElementById("panel-close").addEventListener("click", close);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented && close()) event.preventDefault();
  });

  // A call's turns are fetched when they are unfolded.
  document.addEventListener("toggle", async (event) => {
    const fold = event.target;
    if (!fold.open || !fold.dataset?.source) return;
    const source = fold.dataset.source;
    delete fold.dataset.source;
    const response = await fetch(source, { headers: { "X-Part": "turns" }, credentials: "same-origin" }).catch(() => null);
    if (response?.ok) fold.querySelector(".folded").innerHTML = await response.text();
    else fold.dataset.source = source;
  }, true);

  // A page of its own that was opened at a quote goes to the words, not to the top of a long turn.
  const here = document.querySelector("main mark");
  if (here && new URLSearchParams(location.search).has("evidence")) here.scrollIntoView({ block: "center" });
})();
