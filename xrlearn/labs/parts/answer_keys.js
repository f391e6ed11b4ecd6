// The keys by which a reader answers, wherever on the page she is: 0 to 9 how sure, Enter goes on.

/** What a key press means for an answer: a digit, "enter", or null where it is somebody else's. `own` is the button that commits. */
function answerKey(event, own = null) {
  const at = document.activeElement;
  if (event.altKey || event.metaKey || event.repeat || at?.isContentEditable) return null;
  if (event.key === "Enter") {
    const elsewhere = at && at !== own && at.matches("button, a, summary, select, .xr-aiming"); // those have an Enter of their own
    return elsewhere && !event.ctrlKey ? null : "enter";
  }
  const typing = at?.matches("input:not([type=range], [type=radio], [type=checkbox]), textarea, select");
  return /^[0-9]$/.test(event.key) && !typing && !event.ctrlKey ? +event.key : null;
}
