// The chat: a question is sent, what is being done is shown, then the answer as the server wrote it.
(() => {
  const composer = document.getElementById("composer");
  const field = document.getElementById("question");
  const focusField = () => {
    if (field) field.focus();
    else location.href = "/";
  };
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.metaKey || event.ctrlKey || event.altKey || event.target.closest("input, textarea, select, [contenteditable]")) return;
    event.preventDefault();
    focusField();
  });
  if (!composer) return;

  const { follow, say } = window.dealwright;
  const post = window.dealwright.post.bind(window.dealwright);
  const thread = document.getElementById("thread");
  const conversation = document.getElementById("conversation");
  const asked = [...thread.querySelectorAll(".asked")].map((one) => one.lastChild.textContent.trim());
  let recalled = asked.length;
  let stopCurrent = null;

  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  };
  const button = (label, press) => {
    const made = element("button", "button small", label);
    made.type = "button";
    made.addEventListener("click", press);
    return made;
  };
  const grow = () => {
    field.rows = Math.min(10, Math.max(1, field.value.split("\n").length));
  };

  const begin = (question) => {
    document.getElementById("welcome")?.remove();
    const exchange = element("article", "exchange");
    const bubble = element("p", "asked");
    bubble.append(element("span", "unseen", "You asked: "), question);
    const waiting = element("div", "waiting");
    const steps = element("ol", "steps");
    steps.append(element("li", "", "Reading your question"));
    waiting.append(steps);
    exchange.append(bubble, waiting);
    thread.append(exchange);
    exchange.scrollIntoView({ block: "start", behavior: "smooth" });
    return { exchange, waiting, steps };
  };

  const fail = (shown, question, told) => {
    const box = element("div", "failed");
    box.role = "alert";
    box.append(element("p", "", [told.sentence, told.next_step].filter(Boolean).join(" ")));
    if (told.reference) box.append(element("p", "muted", `Reference ${told.reference}`));
    box.append(button("Ask again", () => {
      shown.exchange.remove();
      ask(question);
    }));
    shown.waiting.replaceWith(box);
    say(told.sentence);
  };

  const answered = (shown, data) => {
    const frame = element("template");
    frame.innerHTML = data.html;
    const exchange = frame.content.firstElementChild;
    shown.exchange.replaceWith(exchange);
    exchange.dispatchEvent(new Event("shown", { bubbles: true }));
    say(data.summary);
    history.replaceState(null, "", `/chat/${data.conversation}`);
    document.title = `${thread.querySelector(".asked").lastChild.textContent.trim()} · Dealwright`;
    remember(data);
    exchange.scrollIntoView({ block: "start", behavior: "smooth" });
  };

  const remember = (data) => {
    const list = document.getElementById("talks");
    const url = `/chat/${data.conversation}`;
    let item = [...list.querySelectorAll("a")].find((one) => one.getAttribute("href") === url)?.parentElement;
    if (!item) {
      list.querySelector(".none")?.remove();
      const link = element("a", "", data.title);
      link.href = url;
      link.title = data.title;
      item = element("li");
      item.append(link);
    }
    for (const one of list.querySelectorAll("[aria-current]")) one.removeAttribute("aria-current");
    item.firstElementChild.setAttribute("aria-current", "page");
    list.prepend(item);
  };

  const wait = (shown, question, where) => {
    const stop = () => post(where.stop, {});
    const bar = element("p");
    bar.append(button("Stop", stop));
    shown.waiting.append(bar);
    stopCurrent = stop;
    const over = () => {
      if (stopCurrent === stop) stopCurrent = null;
    };
    follow(where.events, {
      progress(line) {
        shown.steps.append(element("li", "", line));
        say(line);
      },
      done(data) {
        over();
        answered(shown, data);
      },
      problem(told) {
        over();
        fail(shown, question, told);
      },
      stopped() {
        over();
        fail(shown, question, { sentence: "Stopped.", next_step: "" });
      },
      async lost() {
        over();
        // The server that worked on it is gone; if it was done before, the answer is kept.
        const page = await fetch(`/chat/${where.conversation}`).catch(() => null);
        if (page?.ok && new URL(page.url).pathname.startsWith("/chat/") && (await page.text()).split('class="exchange"').length - 1 >= asked.length) location.href = `/chat/${where.conversation}`;
        else fail(shown, question, { sentence: "The connection was lost before the answer was done.", next_step: "" });
      },
    });
  };

  const ask = async (question, url = "/ask", key = "question") => {
    const words = question.trim();
    if (!words) return;
    asked.push(words);
    recalled = asked.length;
    const shown = begin(words);
    const { ok, data } = await post(url, { [key]: words, conversation: conversation.value });
    if (!ok) return fail(shown, words, data);
    conversation.value = data.conversation;
    wait(shown, words, data);
  };

  composer.addEventListener("submit", (event) => {
    event.preventDefault();
    const words = field.value;
    if (!words.trim()) return;
    field.value = "";
    grow();
    ask(words);
  });
  field.addEventListener("input", grow);
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      composer.requestSubmit();
    } else if (event.key === "ArrowUp" && (!field.value || field.value === asked[recalled])) {
      if (recalled > 0) {
        event.preventDefault();
        field.value = asked[--recalled];
        grow();
        field.setSelectionRange(field.value.length, field.value.length);
      }
    } else if (event.key === "ArrowDown" && field.value && field.value === asked[recalled]) {
      event.preventDefault();
      field.value = asked[++recalled] ?? "";
      grow();
    } else if (event.key === "Escape" && stopCurrent) {
      event.preventDefault();
      stopCurrent();
    }
  });

  thread.addEventListener("submit", async (event) => {
    const form = event.target.closest("form.press");
    if (!form) return;
    const action = new URL(form.action).pathname.split("/").pop();
    const values = Object.fromEntries(new FormData(form));
    if (action === "ask") {
      event.preventDefault();
      ask(values.value, form.action, "value");
    } else if (action === "useful" || action === "not_useful") {
      event.preventDefault();
      const { ok, data } = await post(form.action, values);
      if (!ok) return say(data.sentence);
      for (const other of form.closest(".buttons").querySelectorAll("button")) other.setAttribute("aria-pressed", String(other.form === form));
      say(data.useful ? "Marked as useful" : "Marked as not useful");
    }
  });
  thread.addEventListener("click", async (event) => {
    const link = event.target.closest("a.copy");
    if (!link || !navigator.clipboard) return;
    event.preventDefault();
    history.replaceState(null, "", link.getAttribute("href"));
    await navigator.clipboard.writeText(location.href).catch(() => null);
    const before = link.textContent;
    link.textContent = "Copied";
    say("Link copied");
    setTimeout(() => { link.textContent = before; }, 1600);
  });
})();
