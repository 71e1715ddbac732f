// Following work on the server: progress comes as events, and a stream that breaks is taken up where it was.
window.dealwright = {
  token: document.body.dataset.token,

  // Returns a function that ends the listening. `heard` gets progress(line), done(data), problem(data), stopped() and lost().
  follow(url, heard) {
    const source = new EventSource(url);
    const end = () => source.close();
    const last = (name) => (event) => {
      end();
      heard[name](event.data ? JSON.parse(event.data) : {});
    };
    source.addEventListener("progress", (event) => heard.progress(JSON.parse(event.data).line));
    for (const name of ["done", "problem", "stopped"]) source.addEventListener(name, last(name));
    source.addEventListener("error", () => {
      // While it is connecting again there is nothing to do; a closed one was refused.
      if (source.readyState === EventSource.CLOSED) heard.lost();
    });
    return end;
  },

  async post(url, values) {
    const body = new URLSearchParams({ token: this.token, ...values });
    const response = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin" }).catch(() => null);
    if (!response) return { ok: false, data: { sentence: "The server can't be reached.", next_step: "Check that it runs, then try again." } };
    const data = response.status === 204 ? {} : await response.json().catch(() => ({ sentence: "The server gave no answer.", next_step: "Try again." }));
    if (response.status === 401 && data.sign_in) location.href = `/sign-in?next=${encodeURIComponent(location.pathname)}`;
    return { ok: response.ok, data };
  },

  // Tells a screen reader, and nobody else.
  say(text) {
    document.getElementById("live").textContent = text;
  },
};
