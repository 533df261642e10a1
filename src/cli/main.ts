// The grammar of the command line; a command's own code is loaded when it is called.

import yargs, { type Argv } from 'yargs'
import { version } from '../version.ts'
import { AddressError } from './address.ts'
import type { ListedCommand, Options } from './command.ts'
import { COMMANDS, NAMES, usageOf } from './command-list.ts'
import { meantBy, unknownVariables } from './environment.ts'
import { CallError, reportFailure, UsageError } from './errors.ts'
import { helpHint, misuse, requireBareFlags, requireKnown } from './misuse.ts'
import { printNote } from './terminal.ts'

/** Runs what the arguments say and gives the exit code. */
export async function runCommand(argv: readonly string[]): Promise<number> {
  let exitCode: number | undefined
  const finish = (code: number): void => {
    exitCode = code
  }
  try {
    const { version: shown } = await grammar(argv, finish).parseAsync()
    if (exitCode === undefined && !shown) throw misuse('expected a command', argv, NAMES)
    return exitCode ?? 0
  } catch (error) {
    if (error instanceof AddressError) return reportFailure(error.among(argv))
    return reportFailure(isYargsOwn(error) ? misuse(error.message, argv, NAMES) : error)
  }
}

/** What the parser finds wrong itself, which it tells `fail` of or throws. */
function isYargsOwn(error: unknown): error is Error {
  return error instanceof Error && error.name === 'YError'
}

function grammar(argv: readonly string[], finish: (exitCode: number) => void): Argv {
  const parser = yargs(argv).scriptName('tls-stamp')
  for (const command of COMMANDS) addCommand(parser, command, argv, finish)
  return parser
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .locale('en')
    .help(false)
    .version(version)
    .strictOptions()
    .strictCommands()
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? misuse(message, argv, NAMES)
    })
}

function addCommand(
  parser: Argv,
  listed: ListedCommand,
  argv: readonly string[],
  finish: (exitCode: number) => void,
): void {
  const { name, load } = listed
  parser.command(
    name,
    false,
    async (own) => {
      const { options } = await load()
      requireKnown(argv, options, name)
      requireBareFlags(argv, options)
      return own.strictCommands(false).options(options)
    },
    async (typed) => {
      const { options, prepare } = await load()
      try {
        const run = prepare(typed, argv)
        await noteMisspelt(options)
        finish(await run())
      } catch (error) {
        if (!(error instanceof CallError)) throw error
        const [hint = helpHint(name)] = error.hints
        throw new UsageError(error.message, [`usage: ${usageOf(listed)}`, hint])
      }
    },
  )
}

/** Notes variables that may be meant for an option. Others are another program's, or an option of another command. */
async function noteMisspelt(own: Options): Promise<void> {
  const unknown = unknownVariables(Object.keys(own))
  if (unknown.length === 0) return
  const commands = await Promise.all(COMMANDS.map(({ load }) => load()))
  const names = [...new Set(commands.flatMap(({ options }) => Object.keys(options)))]
  for (const variable of unknownVariables(names)) {
    const meant = meantBy(variable, names)
    if (meant !== undefined) printNote(`${variable} sets no option: did you mean ${meant}?`)
  }
}
