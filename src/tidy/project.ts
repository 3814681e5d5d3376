/**
 * The project as the tidy rules read it: every TypeScript file under a folder, parsed by TypeScript itself.
 *
 * The compiler's programming interface still calls itself unstable; this file is the only one that knows it, so that a
 * change there is mended here. Not part of the package.
 */
import { readdirSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { forEachChildRecursive, type Node, type SourceFile } from './syntax.ts'
import { API } from 'typescript/unstable/sync'

export interface TidyFile {
  /** Relative to the root, with slashes: `src/lib/clock.ts`. */
  readonly path: string
  /** `lib`; the file's name for those at the top of src. */
  readonly area: string
  readonly name: string
  readonly isTest: boolean
  readonly text: string
  readonly lines: readonly string[]
  readonly tree: SourceFile
  /** Every node, parents before children. */
  readonly nodes: readonly Node[]
  lineOf(node: Node): number
}

export interface Violation {
  readonly rule: string
  readonly path: string
  readonly line: number
  readonly text: string
}

/** Files of `src` of the project whose tsconfig.json is in `root`. */
export function readProject(root: string): TidyFile[] {
  const config = join(root, 'tsconfig.json')
  const api = new API({ cwd: root })
  try {
    const snapshot = api.updateSnapshot({ openProjects: [config] })
    const project = snapshot.getProject(config)
    const files = filesUnder(join(root, 'src')).flatMap((path): TidyFile[] => {
      const tree = project?.program.getSourceFile(path)
      return tree === undefined ? [] : [tidyFile(relative(root, path), tree)]
    })
    snapshot.dispose()
    return files
  } finally {
    api.close()
  }
}

export function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name)).sort()
}

export function isTestName(name: string): boolean {
  return /\.(?:test|it|bench)\.ts$/.test(name) || name === 'testing.ts'
}

function tidyFile(path: string, tree: SourceFile): TidyFile {
  const { text } = tree
  const lines = text.split('\n')
  const nodes: Node[] = []
  forEachChildRecursive(tree, (node) => nodes.push(node))
  const [, area = ''] = path.split('/')
  return {
    path, area, name: basename(path), isTest: isTestName(basename(path)), text, lines, tree, nodes,
    lineOf: (node) => text.slice(0, node.getStart(tree)).split('\n').length,
  }
}
