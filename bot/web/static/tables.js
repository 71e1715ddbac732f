// Tables of answers are sorted by a press on a heading. The server says what each cell is sorted by; empty cells stay last.
(() => {
  const compare = (a, b) => {
    if (a[0] !== b[0] || a[0] !== "n") return a < b ? -1 : a > b ? 1 : 0;
    const [unitA, valueA] = a.slice(1).split(" ");
    const [unitB, valueB] = b.slice(1).split(" ");
    return unitA === unitB ? Number(valueA) - Number(valueB) : unitA < unitB ? -1 : 1;
  };
  const sort = (table, heading) => {
    const column = heading.cellIndex;
    const down = heading.getAttribute("aria-sort") === "ascending";
    const sign = down ? -1 : 1;
    const rows = [...table.tBodies[0].rows].map((row, at) => ({ row, at, key: row.cells[column].dataset.sort ?? `t${row.cells[column].textContent.toLowerCase()}` }));
    rows.sort((a, b) => (a.key && b.key ? sign * compare(a.key, b.key) || a.at - b.at : (a.key ? 0 : 1) - (b.key ? 0 : 1) || a.at - b.at));
    table.tBodies[0].append(...rows.map(({ row }) => row));
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
  };
  const prepare = (root) => {
    for (const table of root.querySelectorAll("table.sortable:not([data-ready])")) {
      table.dataset.ready = "";
      if (table.tBodies[0].rows.length < 2) continue;
      for (const heading of table.tHead.rows[0].cells) {
        const button = document.createElement("button");
        button.type = "button";
        button.append(...heading.childNodes);
        button.addEventListener("click", () => sort(table, heading));
        heading.append(button);
      }
    }
  };
  document.addEventListener("shown", (event) => prepare(event.target));
  prepare(document);
})();
