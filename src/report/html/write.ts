/**
 * index.html of a run folder, made from what lies in the folder.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PAGE_FILE } from '../../store/run-folder.ts'
import type { StoredRun } from '../stored-run.ts'
import { htmlReport } from './page.ts'

/** Returns the file. */
export async function writeHtmlReport(run: StoredRun, folder: string): Promise<string> {
  const file = join(folder, PAGE_FILE)
  await writeFile(file, htmlReport(run))
  return file
}
