/**
 * Whether this Node can run the rest. Written in plain old code, since it is what an old Node has to read.
 */
const NEEDED = 24

/** The sentence for a Node that is too old; undefined for one that will do. */
export function tooOld(version: string): string | undefined {
  if (parseInt(version, 10) >= NEEDED) return undefined
  return 'onceproof needs Node ' + NEEDED + ' or newer and this is Node ' + version
    + '; install a newer one, or run it through npx where the package node@' + NEEDED + ' is installed'
}
