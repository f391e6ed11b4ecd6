/* The teacher's page: asks for the numbers every two seconds, and writes what has changed. */
{
  const all = (selector) => [...document.querySelectorAll(selector)];
  const write = (node, words) => { if (node.textContent !== String(words)) node.textContent = words; };
  const said = document.getElementById("xr-said"), lesson = document.getElementById("xr-lesson");
  const address = `${XR.base}xrlearn/now`;
  let lost = false;

  const draw = (now) => {
    for (const node of all("[data-number]")) write(node, now[node.dataset.number]);
    for (const node of all("[data-page]")) write(node, now.pages[node.dataset.page] ?? 0);
    for (const part of all("[data-lesson]")) {
      for (const row of part.querySelectorAll("[data-question]")) {
        const counts = now.answers[part.dataset.lesson][row.dataset.question];
        const count = counts["abc".indexOf(row.dataset.answer)], most = Math.max(1, counts[0] + counts[1] + counts[2]);
        write(row.querySelector("b"), count);
        row.querySelector("i").style.width = `${(100 * count) / most}%`;
      }
    }
  };
  const look = async () => {
    const answer = await fetch(address, { cache: "no-store" }).catch(() => null);
    if (answer?.ok) draw(await answer.json());
    if (!answer?.ok || lost) write(said, answer?.ok ? "" : XR.lost);
    lost = !answer?.ok;
  };
  const act = async (name, value, words) => {
    const token = document.cookie.match(/(?:^|; )_xsrf=([^;]*)/)?.[1] ?? "";
    const body = new URLSearchParams({ [name]: value });
    const answer = await fetch(address, { method: "POST", body, headers: { "X-XSRFToken": token } }).catch(() => null);
    write(said, answer?.ok ? words : XR.lost);
    look();
  };

  for (const button of all("[data-send]")) {
    const where = button.dataset.send;
    button.onclick = () => act("send", where, XR.sent.replace("{page}", XR.titles[where]));
  }
  document.getElementById("xr-forget").onclick = () => act("forget", "yes", XR.forgotten);
  lesson.onchange = () => { for (const part of all("[data-lesson]")) part.hidden = part.dataset.lesson !== lesson.value; };
  document.getElementById("xr-right").onchange = (event) => {
    for (const row of all("[data-right]")) {
      row.classList.toggle("xr-shown", event.target.checked);
      row.querySelector(".xr-tick").hidden = !event.target.checked;
    }
  };
  look();
  setInterval(look, 2000);
}
