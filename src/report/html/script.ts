/**
 * The page's only script: buttons that copy the text beside them. Without it everything can be read and selected.
 *
 * Some browsers have no clipboard for pages from a disk; there the text is selected and copied the old way. Holds
 * none of the characters that mean something to XML, so that the page can be read by a strict parser.
 */
export const script = `
for (const button of document.querySelectorAll('.copy-button')) {
  button.hidden = false
  button.addEventListener('click', async () => {
    const text = button.previousElementSibling
    try {
      await navigator.clipboard.writeText(text.textContent)
    } catch {
      getSelection().selectAllChildren(text)
      document.execCommand('copy')
    }
    button.textContent = 'copied'
  })
}
`
