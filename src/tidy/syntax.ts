/**
 * The few questions that the tidy rules ask of TypeScript's syntax trees.
 */
import {
  isAsExpression, isCallExpression, isExportDeclaration, isFunctionLikeDeclaration, isIdentifier, isImportDeclaration,
  isNewExpression, isNoSubstitutionTemplateLiteral, isPropertyAccessExpression, isStringLiteral, isVariableDeclaration,
  SyntaxKind, type Node, type SourceFile,
} from 'typescript/unstable/ast'

export { SyntaxKind, type Node, type SourceFile }

export function forEachChildRecursive(node: Node, visit: (node: Node) => void): void {
  node.forEachChild((child) => {
    visit(child)
    forEachChildRecursive(child, visit)
  })
}

/** Text of a string, of whatever quotes; undefined for anything else. */
export function stringOf(node: Node | undefined): string | undefined {
  if (node === undefined) return undefined
  return isStringLiteral(node) || isNoSubstitutionTemplateLiteral(node) ? node.text : undefined
}

/** What an import, a re-export or a dynamic import names. */
export function importedBy(node: Node): string | undefined {
  if (isImportDeclaration(node) || isExportDeclaration(node)) return stringOf(node.moduleSpecifier)
  if (!isCallExpression(node) || node.expression.kind !== SyntaxKind.ImportKeyword) return undefined
  return stringOf(node.arguments[0])
}

/** `console.log` or `setTimeout`: what is called, constructed or read, as written. */
export function dottedName(node: Node): string | undefined {
  if (isIdentifier(node)) return node.text
  if (!isPropertyAccessExpression(node)) return undefined
  const owner = dottedName(node.expression)
  return owner === undefined ? undefined : `${owner}.${node.name.text}`
}

/** The name of what a call or `new` runs. */
export function calledName(node: Node): string | undefined {
  return isCallExpression(node) || isNewExpression(node) ? dottedName(node.expression) : undefined
}

export interface FunctionFacts {
  readonly node: Node
  readonly parameters: number
  readonly isConstructor: boolean
  readonly name: string
}

/** Functions with a body: declarations, methods, arrows. */
export function functionOf(node: Node): FunctionFacts | undefined {
  if (!isFunctionLikeDeclaration(node)) return undefined
  if (!('body' in node) || node.body === undefined) return undefined
  return {
    node, parameters: node.parameters.length, isConstructor: node.kind === SyntaxKind.Constructor, name: nameOf(node),
  }
}

/** Own name, or that of the variable it is the value of. */
function nameOf(node: Node): string {
  const own = 'name' in node ? textOf(node.name) : undefined
  if (own !== undefined) return own
  return isVariableDeclaration(node.parent) ? textOf(node.parent.name) ?? '' : ''
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string'
    ? value.text : undefined
}

/** Names of the functions around a node, from the inside out. */
export function functionsAround(node: Node): string[] {
  const names: string[] = []
  for (let at = node.parent; at.kind !== SyntaxKind.SourceFile; at = at.parent) {
    const found = functionOf(at)
    if (found !== undefined) names.push(found.name)
  }
  return names
}

/** `x as const` is no claim about a type. */
export function isConstAssertion(node: Node): boolean {
  return isAsExpression(node) && node.type.getText() === 'const'
}
