/** True where keys mean text, or where a dialog or menu has them: single-key commands stay out of it. */
export function ownsKeys(target: EventTarget | null): boolean {
  if (document.querySelector('[role="dialog"], [role="menu"]')) return true;
  if (
    !(target instanceof HTMLElement) ||
    !target.matches("input:not([type=radio]), textarea, select, [contenteditable]")
  )
    return false;
  // An empty composer has nothing to type a verdict into, but it does have the cursor: digits go to it.
  return true;
}
