// The grammar of the command line; a command's own code is loaded when it is called.

import yargs, { type Argv } from 'yargs'
import { version } from '../version.ts'
import { exportArguments } from './commands/export-arguments.ts'
import { extractArguments } from './commands/extract-arguments.ts'
import { handshakeArguments } from './commands/handshake-arguments.ts'
import { inspectArguments } from './commands/inspect-arguments.ts'
import { pageArguments } from './commands/page-arguments.ts'
import { probeArguments } from './commands/probe-arguments.ts'
import { renewArguments } from './commands/renew-arguments.ts'
import { signArguments } from './commands/sign-arguments.ts'
import { statusArguments } from './commands/status-arguments.ts'
import { verifyArguments } from './commands/verify-arguments.ts'
import { reportFailure } from './errors.ts'
import { misuse, requireBareFlags } from './misuse.ts'
import {
  extractOptions,
  handshakeOptions,
  inspectOptions,
  probeOptions,
  signOptions,
  verifyOptions,
} from './options.ts'
import { exportOptions, pageOptions, renewOptions, statusOptions } from './statement-options.ts'
import { terminalWidth } from './terminal.ts'

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
        finish(import('./commands/sign.ts').then(({ sign }) => sign(signArguments(args)))),
      )
      .command('verify', false, verifyOptions, (args) =>
        finish(import('./commands/verify.ts').then(({ verify }) => verify(verifyArguments(args)))),
      )
      .command('extract', false, extractOptions, (args) =>
        finish(
          import('./commands/extract.ts').then(({ extract }) => extract(extractArguments(args))),
        ),
      )
      .command('export', false, exportOptions, (args) =>
        finish(
          import('./commands/export.ts').then(({ exportStatement }) =>
            exportStatement(exportArguments(args)),
          ),
        ),
      )
      .command('renew', false, renewOptions, (args) =>
        finish(import('./commands/renew.ts').then(({ renew }) => renew(renewArguments(args)))),
      )
      .command('status', false, statusOptions, (args) =>
        finish(import('./commands/status.ts').then(({ status }) => status(statusArguments(args)))),
      )
      .command('page', false, pageOptions, (args) =>
        finish(import('./commands/page.ts').then(({ page }) => page(pageArguments(args)))),
      )
      .command('inspect', false, inspectOptions, (args) =>
        finish(
          import('./commands/inspect.ts').then(({ inspect }) => inspect(inspectArguments(args))),
        ),
      )
      .command('probe', false, probeOptions, (args) =>
        finish(import('./commands/probe.ts').then(({ probe }) => probe(probeArguments(args)))),
      )
      .command('handshake', false, handshakeOptions, (args) =>
        finish(
          import('./commands/handshake.ts').then(({ handshake }) =>
            handshake(handshakeArguments(args)),
          ),
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

const ABOUT = `tls-stamp COMMAND

Has a TLS server sign a digest together with its clock, and verifies that
offline.

sign HOST PORT FILE...      have a server sign files
verify STATEMENT [FILE...]  verify what a server signed
extract STATEMENT NAME...   cut out a statement for one of many files
renew STATEMENT HOST PORT   have a server sign it again before it ends
status STATEMENT...         what each proves, and when to renew it
export STATEMENT            write it in the forms of other tools
page                        write the page that verifies in a browser
inspect FILE...             what is in a statement or recorded handshake
probe HOST [PORT]           can this server be a witness?
handshake HOST PORT         show a complete handshake, message by message`

const EXIT_CODES = 'Exit codes: 0 done or passed; 1 failed, indeterminate or refused; 2 not run.'
