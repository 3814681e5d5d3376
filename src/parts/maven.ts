/**
 * Jars from Maven, by the person's own `mvn`: their settings, mirrors and credentials apply, and their local repository
 * is filled as by any other build. A pom is written that depends on what is wanted; the jars with all that they need
 * at run time are copied out.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Machine } from './machine.ts'
import { runOrExplain } from './tool.ts'

export interface Jars {
  /** `group:artifact:version` */
  readonly wanted: readonly string[]
  /** `group:artifact`, of what would come along and is not needed. */
  readonly without?: readonly string[]
  /** What to try where it fails; goes on after `try`. */
  readonly advice: string
  /** Gets a line per jar that was downloaded. */
  readonly onLine?: (line: string) => void
}

/** Programs that are needed and not on PATH: `mvn` to fetch, `java` to run. */
export function absentTools(machine: Machine): readonly string[] {
  return ['mvn', 'java'].filter((tool) => machine.find(tool) === undefined)
}

/** Copies the jars into `FOLDER/libs`; the pom stays beside them and says what they are. */
export async function copyJars(machine: Machine, folder: string, jars: Jars): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const pom = join(folder, 'pom.xml')
  writeFileSync(pom, pomOf(jars))
  await copyJarsOf(machine, folder, { ...jars, pom })
}

/** As copyJars, for a pom that is there. */
export async function copyJarsOf(
  machine: Machine, folder: string, { pom, advice, onLine }: Pick<Jars, 'advice' | 'onLine'> & { readonly pom: string },
): Promise<void> {
  await runOrExplain(machine, {
    name: 'mvn',
    command: [
      'mvn', '-B', '-f', pom, 'dependency:copy-dependencies', '-DincludeScope=runtime',
      `-DoutputDirectory=${join(folder, 'libs')}`,
    ],
    advice, how: onLine === undefined ? {} : { onLine: (line) => tellDownload(line, onLine) },
  })
}

/** `Downloaded from central: https://HOST/.../kafka-clients-4.3.1.jar (11 MB at 3.2 MB/s)` */
function tellDownload(line: string, onLine: (line: string) => void): void {
  const [, url, size] = /Downloaded from \S+ (\S+\.jar) \((.+?) at /.exec(line) ?? []
  if (url !== undefined) onLine(`downloaded ${basename(url)} (${size})`)
}

function pomOf({ wanted, without = [] }: Jars): string {
  const exclusions = without.map((jar) => `<exclusion>${coordinates(jar)}</exclusion>`)
  const dependencies = wanted.map((jar) => `    <dependency>${coordinates(jar)}`
    + `${exclusions.length === 0 ? '' : `<exclusions>${exclusions.join('')}</exclusions>`}</dependency>`)
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0">',
    '  <modelVersion>4.0.0</modelVersion>',
    '  <groupId>onceproof</groupId><artifactId>jars</artifactId><version>1</version><packaging>pom</packaging>',
    '  <dependencies>', ...dependencies, '  </dependencies>',
    '</project>', '',
  ].join('\n')
}

function coordinates(jar: string): string {
  const [group, artifact, version] = jar.split(':')
  return `<groupId>${group}</groupId><artifactId>${artifact}</artifactId>`
    + `${version === undefined ? '' : `<version>${version}</version>`}`
}
