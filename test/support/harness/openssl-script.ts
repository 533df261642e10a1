// Runs examples/verify-with-openssl.sh in a folder that goes away with the test.

import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { missing } from '../servers/programs.ts'
import { repositoryPath } from './repository.ts'

export interface ScriptOutcome {
  readonly code: number
  /** Standard output, then standard error. */
  readonly output: string
}

/** A folder in which the script runs. */
export interface ScriptFolder {
  readonly path: (name: string) => string
  readonly write: (name: string, content: string | Uint8Array) => void
  readonly run: (...args: readonly string[]) => Promise<ScriptOutcome>
  /** What the script says of these bytes and a file with this text, which has a name of its own. */
  readonly judge: (statement: string | Uint8Array, text: string) => Promise<ScriptOutcome>
  readonly remove: () => void
}

export const SCRIPT: string = repositoryPath('examples/verify-with-openssl.sh')

/** Makes the folder. */
export function openScriptFolder(): ScriptFolder {
  const folder = mkdtempSync(join(tmpdir(), 'tls-stamp-openssl-'))
  let count = 0
  const path = (name: string): string => join(folder, name)
  const write = (name: string, content: string | Uint8Array): void => {
    mkdirSync(dirname(path(name)), { recursive: true })
    writeFileSync(path(name), content)
  }
  const run = (...args: readonly string[]): Promise<ScriptOutcome> =>
    runProgram('sh', [SCRIPT, ...args], { cwd: folder })
  return {
    path,
    write,
    run,
    judge: (statement, text) => {
      const name = `statement-${count++}`
      write(name, statement)
      write(`${name}.txt`, text)
      return run(name, `${name}.txt`)
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Runs a program to its end; the code is -1 when a signal ended it. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<ScriptOutcome> {
  return new Promise((resolve) => {
    execFile(program, args, { ...options, timeout: 120_000 }, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : error ? -1 : 0
      resolve({ code, output: stdout + stderr })
    })
  })
}

/** Why the script can't run here, or false. */
export function unlessOpenssl(): string | false {
  const needed = ['sh', 'awk', 'od'].filter((name) => !hasProgram(name))
  return needed.length > 0 ? `not installed: ${needed.join(', ')}` : missing('openssl')
}

/** Whether a shell finds the program. */
export function hasProgram(name: string): boolean {
  try {
    execFileSync('/bin/sh', ['-c', `command -v ${name}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
