// The grammar of the command line; a command's own code is loaded when it is called.

import yargs, { type Argv } from 'yargs'
import { version } from '../version.ts'
import { exportArguments, signArguments, verifyArguments } from './arguments.ts'
import { reportFailure } from './failure.ts'
import { handshakeArguments } from './handshake-arguments.ts'
import { inspectArguments } from './inspect-arguments.ts'
import { probeArguments } from './probe-arguments.ts'
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
      .command('export', false, exportOptions, (args) =>
        finish(
          import('./export.ts').then(({ exportStatement }) =>
            exportStatement(exportArguments(args)),
          ),
        ),
      )
      .command('inspect', false, inspectOptions, (args) =>
        finish(import('./inspect.ts').then(({ inspect }) => inspect(inspectArguments(args)))),
      )
      .command('probe', false, probeOptions, (args) =>
        finish(import('./probe.ts').then(({ probe }) => probe(probeArguments(args)))),
      )
      .command('handshake', false, handshakeOptions, (args) =>
        finish(
          import('./handshake.ts').then(({ handshake }) => handshake(handshakeArguments(args))),
        ),
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
    .option('tls', {
      requiresArg: true,
      describe: 'the version to speak, 1.0 to 1.2; below 1.2 that never verifies as passed',
      defaultDescription: '1.2',
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

function exportOptions(command: Argv): Argv {
  return command
    .strictCommands(false)
    .usage(ABOUT_EXPORT)
    .option('toytls', {
      requiresArg: true,
      describe: 'what the names of the three files begin with',
    })
    .option('force', { type: 'boolean', describe: 'overwrite the files' })
    .option('json', JSON_OPTION)
    .epilogue('Example: tls-stamp export --toytls stamp signed_statement')
}

function inspectOptions(command: Argv): Argv {
  return command
    .strictCommands(false)
    .usage(ABOUT_INSPECT)
    .option('client', { ...SIDE, describe: 'what the client sent; may be repeated' })
    .option('server', { ...SIDE, describe: 'what the server sent; may be repeated' })
    .option('hex', { type: 'boolean', describe: 'print every byte, with what it means' })
    .option('json', JSON_OPTION)
    .epilogue('Example: tls-stamp inspect --hex signed_statement')
}

function probeOptions(command: Argv): Argv {
  return command
    .strictCommands(false)
    .usage(ABOUT_PROBE)
    .option('quick', { type: 'boolean', describe: 'ask the clock only' })
    .option('suites', {
      requiresArg: true,
      describe: 'cipher suites to ask for: usual, those that sign, or all there are',
      defaultDescription: 'usual',
    })
    .option('tls', {
      requiresArg: true,
      describe: 'the version to ask all else at, 1.0 to 1.2',
      defaultDescription: '1.2',
    })
    .option('rounds', {
      requiresArg: true,
      describe: 'how many handshakes to chain for the clock',
      defaultDescription: '3',
    })
    .option('ca', CA)
    .option('timeout', {
      requiresArg: true,
      describe: 'seconds for each connection',
      defaultDescription: '10',
    })
    .option('pause', {
      requiresArg: true,
      describe: 'milliseconds between connections',
      defaultDescription: '50',
    })
    .option('json', JSON_OPTION)
    .epilogue('Example: tls-stamp probe www.google.com')
}

function handshakeOptions(command: Argv): Argv {
  return command
    .strictCommands(false)
    .usage(ABOUT_HANDSHAKE)
    .option('tls', {
      requiresArg: true,
      describe: 'the version to speak, 1.0 to 1.2',
      defaultDescription: '1.2',
    })
    .option('request', { type: 'boolean', describe: 'send HEAD / and show the answer' })
    .option('ca', CA)
    .option('timeout', {
      requiresArg: true,
      describe: 'seconds for the handshake, and again for the request',
      defaultDescription: '10',
    })
    .option('json', JSON_OPTION)
    .epilogue('Example: tls-stamp handshake www.google.com 443 --request')
}

/** yargs takes `--force=no` for a false one, and says nothing. */
function requireBareFlags(argv: readonly string[]): void {
  const options = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined)
  const flag = options.find((option) =>
    /^--(?:force|hex|json|no-clock|quick|request)=/.test(option),
  )
  if (flag) throw new UsageError(`expected ${flag.replace(/=.*/s, '')} without a value`)
}

/** What yargs found wrong, in our manner of speaking. */
function misuse(message: string, argv: readonly string[]): UsageError {
  const command = argv.find((word) => COMMANDS.includes(word))
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

const COMMANDS = ['sign', 'verify', 'export', 'inspect', 'probe', 'handshake']

const ABOUT = `tls-stamp COMMAND

Has a TLS server sign a digest together with its clock, and verifies that
offline.

sign HOST PORT FILE...      have a server sign files
verify STATEMENT [FILE...]  verify what a server signed
export STATEMENT            write its first round for openssl to check
inspect FILE...             what is in a statement or recorded handshake
probe HOST [PORT]           can this server be a witness?
handshake HOST PORT         show a complete handshake, message by message`

const ABOUT_SIGN = `tls-stamp sign HOST PORT FILE...

Has a server sign files, and writes a signed statement.

HOST  the witness: a TLS 1.2 server that runs a clock
PORT  usually 443
FILE  what to sign; - is standard input`

const ABOUT_VERIFY = `tls-stamp verify STATEMENT [FILE...]

Verifies a signed statement offline, and compares files with it.

STATEMENT  the file that sign wrote; or the PATH of toytls, or timmy's JSON
FILE       what to compare; - is standard input; without any, those beside it`

const ABOUT_EXPORT = `tls-stamp export --toytls PATH STATEMENT

Writes round 0 of a signed statement as toytls did, to PATH.bytes,
PATH.signature and PATH.certificate.der, and prints the commands by which
openssl alone checks them.

STATEMENT  the file that sign wrote`

const ABOUT_INSPECT = `tls-stamp inspect FILE...

Shows what is in a signed statement, a raw TLS record stream or a packet
capture, field by field.

FILE  a statement, also of toytls or timmy; a capture (pcap, pcapng); or the
      TLS records that one side of a connection sent; - is standard input

Files of records that follow each other are one connection, in the order
given, until a side says hello again. A file that begins with a hello tells
its side; any other by its name (cli, client, srv, server), by its first
message, or else it is from the other side than the file before.

Exit code 2 when nothing can be shown of a file.`

const SIDE = { array: true, nargs: 1, requiresArg: true } as const

const ABOUT_PROBE = `tls-stamp probe HOST [PORT]

Asks a server, one connection at a time, what it takes: versions, cipher suites,
signature schemes, groups; and whether its clock and its certificates make it a
witness. Exit code 0 when they do, 1 when they do not.

HOST  the server
PORT  443 unless given`

const ABOUT_HANDSHAKE = `tls-stamp handshake HOST PORT

Completes a TLS handshake, shows every message of both sides as it goes by,
and checks the server's signature, its certification path and its name.

HOST  a TLS server
PORT  usually 443

RC4, the cipher that toytls spoke, is prohibited by RFC 7465 and not offered.
With SSLKEYLOGFILE set, the master secret goes to that file, for Wireshark.`

const CA = {
  requiresArg: true,
  describe: 'trust these certificates, a file or a folder',
  defaultDescription: 'the Mozilla roots in Node.js',
} as const

const JSON_OPTION = { type: 'boolean', describe: 'print JSON' } as const

const EXIT_CODES = 'Exit codes: 0 done or passed; 1 failed, indeterminate or refused; 2 not run.'
