// The grammar of the command line; a command's own code is loaded when it is called.

import yargs, { type Argv } from 'yargs'
import { version } from '../version.ts'
import type { Command } from './command.ts'
import { reportFailure } from './errors.ts'
import { misuse, requireBareFlags } from './misuse.ts'
import { terminalWidth } from './terminal.ts'

/** What each is called and takes, what it is for, and where it is. */
const COMMANDS: readonly {
  readonly synopsis: string
  readonly purpose: string
  readonly load: () => Promise<Command>
}[] = [
  {
    synopsis: 'sign HOST PORT FILE...',
    purpose: 'have a server sign files',
    load: () => import('./commands/sign.ts').then(({ sign }) => sign),
  },
  {
    synopsis: 'verify STATEMENT [FILE...]',
    purpose: 'verify what a server signed',
    load: () => import('./commands/verify.ts').then(({ verify }) => verify),
  },
  {
    synopsis: 'extract STATEMENT NAME...',
    purpose: 'cut out a statement for one of many files',
    load: () => import('./commands/extract.ts').then(({ extract }) => extract),
  },
  {
    synopsis: 'renew STATEMENT HOST PORT',
    purpose: 'have a server sign it again before it ends',
    load: () => import('./commands/renew.ts').then(({ renew }) => renew),
  },
  {
    synopsis: 'status STATEMENT...',
    purpose: 'what each proves, and when to renew it',
    load: () => import('./commands/status.ts').then(({ status }) => status),
  },
  {
    synopsis: 'export STATEMENT',
    purpose: 'write it in the forms of other tools',
    load: () => import('./commands/export.ts').then(({ exportStatement }) => exportStatement),
  },
  {
    synopsis: 'page',
    purpose: 'write the page that verifies in a browser',
    load: () => import('./commands/page.ts').then(({ page }) => page),
  },
  {
    synopsis: 'inspect FILE...',
    purpose: 'what is in a statement or recorded handshake',
    load: () => import('./commands/inspect.ts').then(({ inspect }) => inspect),
  },
  {
    synopsis: 'probe HOST [PORT]',
    purpose: 'can this server be a witness?',
    load: () => import('./commands/probe.ts').then(({ probe }) => probe),
  },
  {
    synopsis: 'handshake HOST PORT',
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
      throw misuse('expected a command', argv, COMMANDS.map(nameOf))
    }
    return exitCode ?? 0
  } catch (error) {
    return reportFailure(
      isYargsOwn(error) ? misuse(error.message, argv, COMMANDS.map(nameOf)) : error,
    )
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
      throw error ?? misuse(message, argv, COMMANDS.map(nameOf))
    })
    .epilogue(EXIT_CODES)
    .wrap(Math.max(40, Math.min(terminalWidth(), 100)))
}

function addCommand(
  parser: Argv,
  command: (typeof COMMANDS)[number],
  argv: readonly string[],
  finish: (exitCode: number) => void,
): void {
  parser.command(
    nameOf(command),
    false,
    async (own) => {
      const { usage, example, options } = await command.load()
      requireBareFlags(argv, options)
      return own
        .strictCommands(false)
        .usage(usage)
        .options(options)
        .epilogue(`Example: tls-stamp ${example}`)
    },
    async (typed) => finish(await (await command.load()).run(typed)),
  )
}

function nameOf({ synopsis }: (typeof COMMANDS)[number]): string {
  return synopsis.replace(/ .*/, '')
}

function about(): string {
  const width = Math.max(...COMMANDS.map(({ synopsis }) => synopsis.length))
  const lines = COMMANDS.map(({ synopsis, purpose }) => `${synopsis.padEnd(width)}  ${purpose}`)
  return `tls-stamp COMMAND

Has a TLS server sign a digest together with its clock, and verifies that
offline.

${lines.join('\n')}`
}

const EXIT_CODES = 'Exit codes: 0 done or passed; 1 failed, indeterminate or refused; 2 not run.'
