// The grammar of the command line; a command's own code is loaded when it is called.

import yargs, { type Argv } from 'yargs'
import { version } from '../version.ts'
import type { Command, Options } from './command.ts'
import { meantBy, unknownVariables } from './environment.ts'
import { CallError, reportFailure, UsageError } from './errors.ts'
import { helpHint, misuse, requireBareFlags } from './misuse.ts'
import { printNote, terminalWidth } from './terminal.ts'

interface ListedCommand {
  readonly name: string
  /** What the command takes besides options, as its --help has it. */
  readonly operands: string
  readonly purpose: string
  readonly load: () => Promise<Command>
}

const COMMANDS: readonly ListedCommand[] = [
  {
    name: 'sign',
    operands: '[HOST PORT] FILE...',
    purpose: 'have servers sign files',
    load: () => import('./commands/sign.ts').then(({ sign }) => sign),
  },
  {
    name: 'verify',
    operands: 'STATEMENT [FILE...]',
    purpose: 'verify what a server signed',
    load: () => import('./commands/verify.ts').then(({ verify }) => verify),
  },
  {
    name: 'extract',
    operands: 'STATEMENT NAME...',
    purpose: 'cut out a statement for one of many files',
    load: () => import('./commands/extract.ts').then(({ extract }) => extract),
  },
  {
    name: 'renew',
    operands: 'STATEMENT [HOST PORT]',
    purpose: 'have servers sign it again before it ends',
    load: () => import('./commands/renew.ts').then(({ renew }) => renew),
  },
  {
    name: 'status',
    operands: 'STATEMENT...',
    purpose: 'what each proves, and when to renew it',
    load: () => import('./commands/status.ts').then(({ status }) => status),
  },
  {
    name: 'export',
    operands: 'STATEMENT',
    purpose: 'write it in the forms of other tools',
    load: () => import('./commands/export.ts').then(({ exportStatement }) => exportStatement),
  },
  {
    name: 'page',
    operands: '',
    purpose: 'write the page that verifies in a browser',
    load: () => import('./commands/page.ts').then(({ page }) => page),
  },
  {
    name: 'inspect',
    operands: 'FILE...',
    purpose: 'what is in a statement or recorded handshake',
    load: () => import('./commands/inspect.ts').then(({ inspect }) => inspect),
  },
  {
    name: 'probe',
    operands: 'HOST[:PORT]',
    purpose: 'can this server be a witness?',
    load: () => import('./commands/probe.ts').then(({ probe }) => probe),
  },
  {
    name: 'witnesses',
    operands: '',
    purpose: 'the hosts that verify knows; can they sign now?',
    load: () => import('./commands/witnesses.ts').then(({ witnesses }) => witnesses),
  },
  {
    name: 'handshake',
    operands: 'HOST[:PORT]',
    purpose: 'show a complete handshake, message by message',
    load: () => import('./commands/handshake.ts').then(({ handshake }) => handshake),
  },
]

/** Runs what the arguments say and gives the exit code. */
export async function runCommand(argv: readonly string[]): Promise<number> {
  let exitCode: number | undefined
  const finish = (code: number): void => {
    exitCode = code
  }
  try {
    const { help, version: shown } = await grammar(argv, finish).parseAsync()
    if (exitCode === undefined && !help && !shown) {
      throw misuse('expected a command', argv, NAMES)
    }
    return exitCode ?? 0
  } catch (error) {
    return reportFailure(isYargsOwn(error) ? misuse(error.message, argv, NAMES) : error)
  }
}

/** What the parser finds wrong itself, which it tells `fail` of or throws. */
function isYargsOwn(error: unknown): error is Error {
  return error instanceof Error && error.name === 'YError'
}

function grammar(argv: readonly string[], finish: (exitCode: number) => void): Argv {
  const parser = yargs(argv).scriptName('tls-stamp').usage(about())
  for (const command of COMMANDS) addCommand(parser, command, argv, finish)
  return parser
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .locale('en')
    .version(version)
    .describe({ help: 'show this help', version: 'show the version' })
    .strictOptions()
    .strictCommands()
    .recommendCommands()
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? misuse(message, argv, NAMES)
    })
    .epilogue(EPILOGUE)
    .wrap(Math.max(40, Math.min(terminalWidth(), 100)))
}

function addCommand(
  parser: Argv,
  { name, operands, load }: ListedCommand,
  argv: readonly string[],
  finish: (exitCode: number) => void,
): void {
  parser.command(
    name,
    false,
    async (own) => {
      const { calls = [operands], about, example, options } = await load()
      requireBareFlags(argv, options)
      const lines = calls.map((call) => `tls-stamp ${name} ${call}`)
      return own
        .strictCommands(false)
        .usage(`${lines.join('\n')}\n\n${about}`)
        .options(options)
        .epilogue(`Example: tls-stamp ${name} ${example}`)
    },
    async (typed) => {
      const { options, run } = await load()
      await noteMisspelt(options)
      try {
        finish(await run(typed))
      } catch (error) {
        throw error instanceof CallError ? new UsageError(error.message, [helpHint(name)]) : error
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

function about(): string {
  const calls = COMMANDS.map(({ name, operands }) => `${name} ${operands}`)
  const width = Math.max(...calls.map(({ length }) => length))
  const lines = COMMANDS.map(({ purpose }, i) => `${calls[i]?.padEnd(width)}  ${purpose}`)
  return `tls-stamp COMMAND

Has a TLS server sign a digest together with its clock, and verifies that
offline.

${lines.join('\n')}`
}

const NAMES = COMMANDS.map(({ name }) => name)

const EPILOGUE = `Every option of a command can be set in the environment: --max-skew as
TLS_STAMP_MAX_SKEW.

Exit codes: 0 done or passed; 1 failed, indeterminate or refused; 2 not run.`
