// The grammar of the command line; a command's own code is loaded when it is called.

import yargs, { type Argv } from 'yargs'
import { version } from '../version.ts'
import { signArguments, verifyArguments } from './arguments.ts'
import { reportFailure } from './failure.ts'
import { terminalWidth } from './terminal.ts'
import { UsageError } from './usage-error.ts'

/** Runs what the arguments say and gives the exit code. */
export async function runCommand(argv: readonly string[]): Promise<number> {
  let exitCode: number | undefined
  const finish: Finish = async (command) => {
    exitCode = await command
  }
  try {
    requireBareFlags(argv)
    const { help, version: shown } = await grammar(argv, finish).parseAsync()
    if (exitCode === undefined && !help && !shown) throw misuse('expected a command', argv)
    return exitCode ?? 0
  } catch (error) {
    return reportFailure(error)
  }
}

type Finish = (command: Promise<number>) => Promise<void>

function grammar(argv: readonly string[], finish: Finish): Argv {
  return (
    yargs(argv)
      .scriptName('tls-stamp')
      .usage(ABOUT)
      // Operands are told apart in arguments.ts: yargs loses a "-" among positionals, and what follows "--".
      .command('sign', false, signOptions, (args) =>
        finish(import('./sign.ts').then(({ sign }) => sign(signArguments(args)))),
      )
      .command('verify', false, verifyOptions, (args) =>
        finish(import('./verify.ts').then(({ verify }) => verify(verifyArguments(args)))),
      )
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
        throw error && error.name !== 'YError' ? error : misuse(message ?? error.message, argv)
      })
      .epilogue(EXIT_CODES)
      .wrap(Math.max(40, Math.min(terminalWidth(), 100)))
  )
}

function signOptions(command: Argv): Argv {
  return command
    .strictCommands(false)
    .usage(ABOUT_SIGN)
    .option('output', {
      alias: 'o',
      requiresArg: true,
      describe: 'where to write the signed statement',
      defaultDescription: 'signed_statement',
    })
    .option('rounds', {
      requiresArg: true,
      describe: 'how many handshakes to chain',
      defaultDescription: '3',
    })
    .option('ca', CA)
    .option('timeout', {
      requiresArg: true,
      describe: 'seconds for each connection',
      defaultDescription: '10',
    })
    .option('max-skew', {
      requiresArg: true,
      describe: "seconds that the server's clock may be off this one",
      defaultDescription: '3600',
    })
    .option('no-clock', {
      type: 'boolean',
      describe: 'take a server without a credible clock; that never verifies as passed',
    })
    .option('force', { type: 'boolean', describe: 'overwrite the output' })
    .option('json', JSON_OPTION)
    .epilogue('Example: tls-stamp sign www.google.com 443 doc.txt')
}

function verifyOptions(command: Argv): Argv {
  return command
    .strictCommands(false)
    .usage(ABOUT_VERIFY)
    .option('witness', {
      array: true,
      nargs: 1,
      requiresArg: true,
      describe: 'accept this host as a witness; may be repeated',
      defaultDescription: 'the built-in list',
    })
    .option('ca', CA)
    .option('json', JSON_OPTION)
    .epilogue('Example: tls-stamp verify signed_statement doc.txt')
}

/** yargs takes `--force=no` for a false one, and says nothing. */
function requireBareFlags(argv: readonly string[]): void {
  const options = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined)
  const flag = options.find((option) => /^--(?:force|json|no-clock)=/.test(option))
  if (flag) throw new UsageError(`expected ${flag.replace(/=.*/s, '')} without a value`)
}

/** What yargs found wrong, in our manner of speaking. */
function misuse(message: string, argv: readonly string[]): UsageError {
  const command = argv.find((word) => word === 'sign' || word === 'verify')
  const help = `see tls-stamp ${command ? `${command} ` : ''}--help`
  const [line = ''] = message.split('\n')
  const similar = /^Did you mean (\w+)/.exec(line)?.[1]
  if (similar) {
    const typed = argv.find((word) => !word.startsWith('-')) ?? ''
    return new UsageError(`unknown command ${typed}`, [`did you mean ${similar}?`, help])
  }
  const valueless = /^Not enough arguments following: (.*)/.exec(line)?.[1]
  if (valueless) return new UsageError(`expected a value after ${asTyped(valueless, argv)}`, [help])
  const unknown = /^Unknown (?:arguments?|commands?): (.*)/.exec(line)?.[1]?.split(', ')[0]
  if (unknown !== undefined) {
    const typed = asTyped(unknown, argv)
    return new UsageError(`unknown ${typed.startsWith('-') ? 'option' : 'command'} ${typed}`, [
      help,
    ])
  }
  return new UsageError(line.charAt(0).toLowerCase() + line.slice(1), [help])
}

/** An option's name as the user spelled it. */
function asTyped(name: string, argv: readonly string[]): string {
  const spellings = [`--${name}`, `-${name}`]
  const words = argv.map((word) => word.replace(/=.*/s, ''))
  return spellings.find((spelling) => words.includes(spelling)) ?? name
}

const ABOUT = `tls-stamp COMMAND

Has a TLS server sign a digest together with its clock, and verifies that
offline.

sign HOST PORT FILE...      have a server sign files
verify STATEMENT [FILE...]  verify what a server signed`

const ABOUT_SIGN = `tls-stamp sign HOST PORT FILE...

Has a server sign files, and writes a signed statement.

HOST  the witness: a TLS 1.2 server that runs a clock
PORT  usually 443
FILE  what to sign; - is standard input`

const ABOUT_VERIFY = `tls-stamp verify STATEMENT [FILE...]

Verifies a signed statement offline, and compares files with it.

STATEMENT  the file that sign wrote
FILE       what to compare; - is standard input; without any, those beside it`

const CA = {
  requiresArg: true,
  describe: 'trust these certificates, a file or a folder',
  defaultDescription: 'the Mozilla roots in Node.js',
} as const

const JSON_OPTION = { type: 'boolean', describe: 'print JSON' } as const

const EXIT_CODES = 'Exit codes: 0 done or passed; 1 failed, indeterminate or refused; 2 not run.'
