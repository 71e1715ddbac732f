// Finding an account or a deal by a few letters: a list below the field. Without this script the field is a form with a page of its own.
(() => {
  const field = document.getElementById("find");
  const list = document.getElementById("found");
  if (!field) return;
  let asked = 0;
  let timer = 0;
  let chosen = -1;

  const close = () => {
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
    chosen = -1;
  };
  const options = () => [...list.querySelectorAll("[role=option]")];
  const choose = (at) => {
    const all = options();
    chosen = all.length ? (at + all.length) % all.length : -1;
    all.forEach((one, place) => one.setAttribute("aria-selected", String(place === chosen)));
    if (chosen >= 0) {
      field.setAttribute("aria-activedescendant", all[chosen].id);
      all[chosen].scrollIntoView({ block: "nearest" });
    }
  };
  const show = (hits) => {
    list.replaceChildren(...hits.map((hit, place) => {
      const item = document.createElement("li");
      item.id = `found-${place}`;
      item.role = "option";
      item.dataset.url = hit.url;
      const beside = document.createElement("span");
      beside.className = "muted";
      beside.textContent = ` ${hit.kind}${hit.beside ? ` · ${hit.beside}` : ""}`;
      item.append(hit.name, beside);
      return item;
    }));
    if (!hits.length) {
      const none = document.createElement("li");
      none.className = "none";
      none.textContent = "Nothing of that name";
      list.append(none);
    }
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
    choose(hits.length ? 0 : -1);
  };
  const ask = async () => {
    const words = field.value.trim();
    const mine = ++asked;
    if (!words) return close();
    const response = await fetch(`/find?q=${encodeURIComponent(words)}`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (mine === asked && response?.ok && document.activeElement === field) show((await response.json()).hits);
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 120);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !list.hidden) {
      event.preventDefault();
      choose(chosen + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && !list.hidden && chosen >= 0) {
      event.preventDefault();
      location.href = options()[chosen].dataset.url;
    }
  });
  field.addEventListener("blur", () => setTimeout(close, 150));
  list.addEventListener("mousedown", (event) => {
    const item = event.target.closest("[data-url]");
    if (item) location.href = item.dataset.url;
  });
})();
