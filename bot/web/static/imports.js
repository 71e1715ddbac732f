// The import page: files may be dropped on it, and a running import tells how far it is.
(() => {
  const { follow, say } = window.dealwright;
  const post = window.dealwright.post.bind(window.dealwright);
  const drop = document.getElementById("drop");
  const run = document.getElementById("run-import");

  const watch = (box, where, outcome) => {
    const line = box.querySelector("p");
    const stop = document.createElement("button");
    stop.type = "button";
    stop.className = "button small";
    stop.textContent = "Stop";
    stop.addEventListener("click", () => {
      stop.disabled = true;
      line.textContent = "Stopping at the next safe point";
      post(where.stop, {});
    });
    box.append(stop);
    follow(where.events, {
      progress(text) { line.textContent = text; },
      done(data) {
        box.remove();
        outcome.innerHTML = data.html;
        outcome.dispatchEvent(new Event("shown", { bubbles: true }));
        outcome.firstElementChild.focus();
        say(data.finished ? "Imported" : "Stopped");
      },
      problem(told) {
        stop.remove();
        line.textContent = [told.sentence, told.next_step, told.reference && `Reference ${told.reference}`].filter(Boolean).join(" ");
        say(line.textContent);
      },
      stopped() { line.textContent = "Stopped."; },
      lost() { line.textContent = "The connection was lost. Load the page again to see how far it is."; },
    });
  };

  const running = document.querySelector(".progress[data-events]");
  if (running) {
    const outcome = document.createElement("div");
    running.after(outcome);
    watch(running, running.dataset, outcome);
  }

  if (drop) {
    const input = drop.querySelector("input[type=file]");
    const send = () => {
      if (!input.files.length) return;
      drop.querySelector("strong").textContent = `Reading ${input.files.length === 1 ? input.files[0].name : `${input.files.length} files`}…`;
      drop.submit();
    };
    drop.classList.add("quiet");
    input.addEventListener("change", send);
    for (const name of ["dragenter", "dragover"]) {
      drop.addEventListener(name, (event) => {
        event.preventDefault();
        drop.classList.add("over");
      });
    }
    drop.addEventListener("dragleave", () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("over");
      input.files = event.dataTransfer.files;
      send();
    });
  }

  if (run) {
    for (const select of run.querySelectorAll(".rows-are")) {
      select.addEventListener("change", () => {
        const kinds = [...run.querySelectorAll(".rows-are")].map((one) => [one.name, one.value]);
        location.search = new URLSearchParams(kinds);
      });
    }
    run.addEventListener("submit", async (event) => {
      event.preventDefault();
      const values = Object.fromEntries(new FormData(run));
      for (const one of run.elements) one.disabled = true;
      const { ok, data } = await post(run.action, values);
      const outcome = document.getElementById("import-outcome");
      const box = document.createElement("div");
      box.className = "progress";
      const line = document.createElement("p");
      line.textContent = ok ? "Importing" : [data.sentence, data.next_step].filter(Boolean).join(" ");
      box.append(line);
      outcome.replaceChildren(box);
      box.scrollIntoView({ block: "nearest" });
      if (!ok) {
        for (const one of run.elements) one.disabled = false;
        return;
      }
      const after = document.createElement("div");
      outcome.append(after);
      watch(box, data, after);
    });
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form.join");
    if (!form) return;
    event.preventDefault();
    const { ok, data } = await post(form.action, { ...Object.fromEntries(new FormData(form)), decision: event.submitter.value });
    if (!ok) return say(data.sentence);
    form.replaceChildren(document.createTextNode(data.joined ? "Joined" : "Kept apart"));
    say(data.joined ? "Joined" : "Kept apart");
  });
})();
