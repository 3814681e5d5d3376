/**
 * Jars from Maven, by the person's own `mvn`: their settings, mirrors and credentials apply, and their local repository
 * is filled as by any other build. A pom is written that depends on what is wanted; the jars with all that they need
 * at run time are copied out.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Machine } from './machine.ts'
import { runOrExplain } from './tool.ts'

export interface Jars {
  /** `group:artifact:version` */
  readonly wanted: readonly string[]
  /** What to try where it fails; goes on after `try`. */
  readonly advice: string
  readonly onLine?: (line: string) => void
}

/** Programs that are needed and not on PATH: `mvn` to fetch, `java` to run. */
export function absentTools(machine: Machine): readonly string[] {
  return ['mvn', 'java'].filter((tool) => machine.find(tool) === undefined)
}

/** Copies the jars into `FOLDER/libs`; the pom stays beside them and says what they are. */
export async function copyJars(machine: Machine, folder: string, { wanted, advice, onLine }: Jars): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const pom = join(folder, 'pom.xml')
  writeFileSync(pom, pomOf(wanted))
  await runOrExplain(machine, {
    name: 'mvn',
    command: [
      'mvn', '-q', '-B', '-f', pom, 'dependency:copy-dependencies', '-DincludeScope=runtime',
      `-DoutputDirectory=${join(folder, 'libs')}`,
    ],
    advice, how: onLine === undefined ? {} : { onLine },
  })
}

function pomOf(wanted: readonly string[]): string {
  const dependencies = wanted.map((jar) => {
    const [group, artifact, version] = jar.split(':')
    return `    <dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId>`
      + `<version>${version}</version></dependency>`
  })
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0">',
    '  <modelVersion>4.0.0</modelVersion>',
    '  <groupId>onceproof</groupId><artifactId>jars</artifactId><version>1</version><packaging>pom</packaging>',
    '  <dependencies>', ...dependencies, '  </dependencies>',
    '</project>', '',
  ].join('\n')
}
