// Keeps a list of messages at its end, unless the reader has scrolled up.
function jbFollow(list) {
  if (!list || list.jbFollowed) return;
  list.jbFollowed = true;
  let atEnd = true, top = 0;
  const toEnd = () => { if (atEnd) list.scrollTop = list.scrollHeight; };
  list.addEventListener("scroll", () => {
    // What grows above or below is no reason to stay behind; only a reader goes up.
    if (list.scrollHeight - list.scrollTop - list.clientHeight < 40) atEnd = true;
    else if (list.scrollTop < top) atEnd = false;
    top = list.scrollTop;
  }, { passive: true });
  const sizes = new ResizeObserver(toEnd); // a picture takes its room only when it has been loaded
  const watch = () => [list, ...list.children].forEach((one) => sizes.observe(one));
  new MutationObserver(() => { watch(); toEnd(); }).observe(
    list, { childList: true, subtree: true, characterData: true });
  watch();
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
