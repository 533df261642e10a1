// The command line: its grammar, and which exit code an error has.

import yargs, { type Argv } from 'yargs'
import { RefusalError, TlsStampError } from '../errors.ts'
import { MAX_ROUNDS } from '../statement.ts'
import { version } from '../version.ts'
import { UsageError } from './input.ts'
import { sign } from './sign.ts'
import { ignoreClosedPipe, printError } from './terminal.ts'
import { verify } from './verify.ts'

/** Runs one command and gives its exit code: 0 done or passed, 1 failed, indeterminate or refused, 2 could not run. */
export async function run(argv: readonly string[]): Promise<number> {
  ignoreClosedPipe()
  let exitCode = 0
  const finish = (command: Promise<number>): Promise<void> =>
    command.then((code) => {
      exitCode = code
    })
  try {
    await grammar(argv, finish).parseAsync()
    return exitCode
  } catch (error) {
    return report(error)
  }
}

function grammar(
  argv: readonly string[],
  finish: (command: Promise<number>) => Promise<void>,
): Argv {
  return yargs(argv)
    .scriptName('tls-stamp')
    .usage(
      '$0 <command>\n\nHas a TLS server sign a digest together with its clock, and verifies that offline.',
    )
    .command(
      'sign <host> <port> <file..>',
      'have a server sign files, and write a signed statement',
      (command) => signOptions(command),
      (args) =>
        finish(
          sign({
            host: args.host,
            port: args.port,
            files: args.file,
            output: args.output,
            rounds: args.rounds,
            ca: args.ca,
            timeout: args.timeout,
            maxSkew: args['max-skew'],
            noClock: args['no-clock'],
            force: args.force,
            json: args.json,
          }),
        ),
    )
    .command(
      'verify <statement> [file..]',
      'verify a signed statement offline, and compare files with it',
      (command) => verifyOptions(command),
      (args) =>
        finish(
          verify({
            statement: args.statement,
            files: args.file ?? [],
            witnesses: args.witness ?? [],
            ca: args.ca,
            json: args.json,
          }),
        ),
    )
    .parserConfiguration({ 'boolean-negation': false, 'duplicate-arguments-array': false })
    .version(version)
    .strict()
    .demandCommand(1, 'expected a command')
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new UsageError(lower(message), ['see tls-stamp --help'])
    })
    .epilogue('Exit codes: 0 done, or passed; 1 failed, indeterminate or refused; 2 could not run.')
    .wrap(100)
}

function signOptions(command: Argv) {
  return command
    .positional('host', {
      type: 'string',
      demandOption: true,
      describe: 'the witness: a TLS 1.2 server that runs a clock',
    })
    .positional('port', {
      type: 'string',
      demandOption: true,
      describe: 'usually 443',
      coerce: integer('PORT', 1, 65535),
    })
    .positional('file', {
      type: 'string',
      array: true,
      demandOption: true,
      describe: 'what to sign; - is standard input',
    })
    .option('output', {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      default: 'signed_statement',
      describe: 'where to write the signed statement',
      coerce: once('--output'),
    })
    .option('rounds', {
      type: 'string',
      requiresArg: true,
      default: '3',
      describe: 'how many handshakes to chain',
      coerce: integer('--rounds', 1, MAX_ROUNDS),
    })
    .option('ca', CA)
    .option('timeout', {
      type: 'string',
      requiresArg: true,
      default: '10',
      describe: 'seconds for each connection',
      coerce: seconds('--timeout', 0.001, 3600),
    })
    .option('max-skew', {
      type: 'string',
      requiresArg: true,
      default: '3600',
      describe: 'seconds that the server may be off this clock',
      coerce: seconds('--max-skew', 0, 2 ** 32),
    })
    .option('no-clock', {
      type: 'boolean',
      default: false,
      describe: 'take a server without a credible clock; that never verifies as passed',
    })
    .option('force', { type: 'boolean', default: false, describe: 'overwrite the output' })
    .option('json', JSON_OPTION)
    .example('$0 sign www.google.com 443 doc.txt', 'writes signed_statement')
}

function verifyOptions(command: Argv) {
  return command
    .positional('statement', {
      type: 'string',
      demandOption: true,
      describe: 'the file that sign wrote',
    })
    .positional('file', {
      type: 'string',
      array: true,
      describe: 'files to compare; without any, those beside the statement',
    })
    .option('witness', {
      type: 'string',
      array: true,
      nargs: 1,
      requiresArg: true,
      describe: 'accept this host as a witness (repeatable); default: the built-in list',
    })
    .option('ca', CA)
    .option('json', JSON_OPTION)
    .example('$0 verify signed_statement', 'compares the files beside it')
    .example('$0 verify signed_statement doc.txt', 'compares doc.txt')
}

function once(name: string): (value: unknown) => string {
  return (value) => {
    if (typeof value !== 'string' || value === '') throw new UsageError(`expected one ${name}`)
    return value
  }
}

function integer(name: string, min: number, max: number): (value: unknown) => number {
  return (value) => {
    const number =
      typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN
    if (number >= min && number <= max) return number
    throw new UsageError(`expected ${name} from ${min} to ${max}, got ${JSON.stringify(value)}`)
  }
}

function seconds(name: string, min: number, max: number): (value: unknown) => number {
  return (value) => {
    const text = typeof value === 'string' && /^\d{1,15}(?:\.\d{1,3})?$/.test(value)
    if (text && Number(value) >= min && Number(value) <= max) return Number(value)
    const got = JSON.stringify(value)
    throw new UsageError(`expected ${name} in seconds, at most ${max}, got ${got}`)
  }
}

const CA = {
  type: 'string',
  requiresArg: true,
  describe: 'trust these certificates (file or folder) instead of the built-in Mozilla roots',
} as const

const JSON_OPTION = { type: 'boolean', default: false, describe: 'print JSON' } as const

/** One line, at most two hints, and the exit code of what went wrong. */
function report(error: unknown): number {
  const { message, code } = error as NodeJS.ErrnoException
  if (error instanceof UsageError) {
    printError(message, error.hints)
    return 2
  }
  if (error instanceof TlsStampError) {
    printError(message, HINTS[error.code] ?? [])
    return error instanceof RefusalError || error.code === 'misbehaving-peer' ? 1 : 2
  }
  const system = code !== undefined && /^E[A-Z]+$/.test(code)
  printError(system ? message.replace(/^[A-Z]+: /, '') : `unexpected: ${message}`)
  return 2
}

function lower(message: string): string {
  const [line = ''] = message.split('\n')
  return line.charAt(0).toLowerCase() + line.slice(1)
}

const OTHER_WITNESS = 'try a server that runs a clock, such as www.google.com'

/** By the code of the error. */
const HINTS: Readonly<Record<string, readonly string[]>> = {
  implausible: [
    `this server fills the time with random bytes, as most do: ${OTHER_WITNESS}`,
    'or sign with --no-clock, which proves no time',
  ],
  uncorroborated: ['chain at least two rounds, or sign with --no-clock, which proves no time'],
  'clock-skew': ["check this machine's clock, or allow more with --max-skew SECONDS"],
  'unknown-issuer': ['trust other certificates than the built-in ones with --ca FILE|DIR'],
  'incompatible-peer': [OTHER_WITNESS],
  alert: [
    `the server may refuse TLS 1.2 or all the cipher suites with a signature: ${OTHER_WITNESS}`,
  ],
  timeout: ['allow more with --timeout SECONDS'],
}
