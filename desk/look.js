// Keeps a list of messages at its end, unless the reader has scrolled up.
function jbFollow(list) {
  if (!list || list.jbFollowed) return;
  list.jbFollowed = true;
  let atEnd = true;
  const toEnd = () => { if (atEnd) list.scrollTop = list.scrollHeight; };
  list.addEventListener("scroll", () => {
    atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  }, { passive: true });
  new MutationObserver(toEnd).observe(list, { childList: true, subtree: true, characterData: true });
  new ResizeObserver(toEnd).observe(list);
  toEnd();
}

// What was typed, or null; the field is empty at once, so that nothing typed next is lost.
function jbTake(field) {
  const text = field.value.trim();
  if (!text) return null;
  field.value = "";
  field.focus();
  return text;
}

// Enter sends, Shift+Enter begins a line. An Enter that ends a Chinese input method's word is neither.
function jbSends(event) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return false;
  event.preventDefault();
  return true;
}
