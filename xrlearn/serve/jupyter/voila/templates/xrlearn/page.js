/* What Voila's script calls. */
window.voila_finish = () => {
  if (!window.themeLoaded) { window.cellLoaded = true; return; }
  document.getElementById("xr-shell").remove();
  document.getElementById("rendered_cells").classList.remove("xr-waiting");
  performance.mark("xr-shown");
};
window.voila_finish();

/* Pages keep the language in which they are left. */
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || link.origin !== location.origin || !link.pathname.endsWith(".ipynb")) return;
  const address = new URL(link.href);
  const lang = document.querySelector(".xr-page header")?.lang || document.documentElement.lang;
  if (!address.searchParams.has("lang")) address.searchParams.set("lang", lang);
  link.href = address.href;
}, true);

/* Ask every few seconds how things stand: say so when the program behind the page, or the server, is gone; and go where
   the teacher sends everybody, unless the reader would rather stay. */
{
  const config = JSON.parse(document.getElementById("jupyter-config-data").textContent);
  const moving = document.getElementById("xr-moving"), [stay, go] = moving.querySelectorAll("button");
  let seen, leave;
  const send = (where) => {
    const lang = document.querySelector(".xr-page header")?.lang || document.documentElement.lang;
    const away = () => location.assign(`${config.baseUrl}voila/render/${where}?lang=${lang}`);
    clearTimeout(leave);
    moving.hidden = false;
    stay.onclick = () => { clearTimeout(leave); moving.hidden = true; };
    go.onclick = away;
    leave = setTimeout(away, window.xrGrace ?? 8000);
  };
  const watch = setInterval(async () => {
    const answer = await fetch(`${config.baseUrl}xrlearn/standing/${config.kernelId}`).catch(() => null);
    const said = await answer?.json().catch(() => null) ?? {};
    if (answer?.ok) {
      if (said.times > (seen ?? said.times) && !location.pathname.endsWith(`/${said.where}`)) send(said.where);
      seen = said.times;
      return;
    }
    clearInterval(watch);
    document.getElementById(said.why === "memory" ? "xr-memory" : "xr-stopped").hidden = false;
  }, window.xrAsks ?? 5000);
}

/* Say so when the widgets do not come, and try again: after a longer time each time, for a machine that is only slow. */
{
  const wanted = [...document.querySelectorAll("#rendered_cells script")].some((cell) => cell.text.includes("widget-view+json"));
  const slow = document.getElementById("xr-slow"), tries = `xr-tries ${location.pathname}`;
  const tried = Number(sessionStorage.getItem(tries)), patience = (window.xrPatience ?? 20000) * 2 ** tried;
  let waited = 0;
  const look = wanted && setInterval(() => {
    waited += 500;
    if (document.querySelector("#rendered_cells .jupyter-widgets")) {
      clearInterval(look);
      slow.hidden = true;
      sessionStorage.removeItem(tries);
    } else if (waited >= 2 * patience) {
      clearInterval(look);
      sessionStorage.setItem(tries, tried + 1);
      location.reload();
    } else if (waited >= patience || tried) slow.hidden = false;
  }, 500);
}
