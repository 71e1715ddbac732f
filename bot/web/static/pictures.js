// Pictures: the marks of one are one stop for Tab; the arrow keys, Home and End go from mark to mark. What a mark stands for is shown beside it.
(() => {
  const marksOf = (figure) => [...figure.querySelectorAll(".mark")];

  const show = (mark) => {
    const figure = mark.closest(".drawn");
    let tip = figure.querySelector(".tip");
    if (!tip) {
      tip = document.createElement("div");
      tip.className = "tip";
      // Screen readers read the mark's own label.
      tip.setAttribute("aria-hidden", "true");
      figure.append(tip);
    }
    tip.textContent = mark.dataset.told;
    tip.hidden = false;
    const at = mark.getBoundingClientRect(), frame = figure.getBoundingClientRect();
    const left = Math.min(Math.max(0, at.left - frame.left + at.width / 2 - tip.offsetWidth / 2), frame.width - tip.offsetWidth);
    const above = at.top - frame.top - tip.offsetHeight - 8;
    tip.style.left = `${Math.max(0, left)}px`;
    tip.style.top = `${above >= 0 ? above : at.bottom - frame.top + 8}px`;
  };

  const hide = (figure) => {
    const tip = figure?.querySelector(".tip");
    if (tip) tip.hidden = true;
  };

  const go = (marks, to) => {
    marks.forEach((one) => one.setAttribute("tabindex", one === to ? "0" : "-1"));
    to.focus();
  };

  document.addEventListener("keydown", (event) => {
    const mark = event.target.closest?.(".drawn .mark");
    if (!mark) return;
    const marks = marksOf(mark.closest(".drawn")), here = marks.indexOf(mark);
    const to = { ArrowRight: here + 1, ArrowDown: here + 1, ArrowLeft: here - 1, ArrowUp: here - 1, Home: 0, End: marks.length - 1 }[event.key];
    if (event.key === "Escape") hide(mark.closest(".drawn"));
    if (to === undefined || !marks[to]) return;
    event.preventDefault();
    go(marks, marks[to]);
  });
  for (const [name, shown] of [["pointerover", true], ["pointerout", false], ["focusin", true], ["focusout", false]]) {
    document.addEventListener(name, (event) => {
      const mark = event.target.closest?.(".drawn .mark");
      if (!mark) return;
      if (shown) show(mark);
      else if (document.activeElement !== mark || name === "focusout") hide(mark.closest(".drawn"));
    });
  }
})();
