// What the commands on statements that are there already take, and what their --help says.

import { type Argv, CA, JSON_OPTION, signingOptions, trustOptions } from './options.ts'

export function renewOptions(command: Argv): Argv {
  return signingOptions(command.strictCommands(false).usage(ABOUT_RENEW))
    .option('output', {
      alias: 'o',
      requiresArg: true,
      describe: 'where to write the renewed statement',
      defaultDescription: 'in its place',
    })
    .option('force', { type: 'boolean', describe: 'overwrite the output' })
    .option('json', JSON_OPTION)
    .epilogue('Example: tls-stamp renew signed_statement www.google.com 443')
}

export function statusOptions(command: Argv): Argv {
  const due = command.strictCommands(false).usage(ABOUT_STATUS).option('within', {
    requiresArg: true,
    describe: 'days before the certificates end when a statement is due',
    defaultDescription: '30',
  })
  return trustOptions(due).epilogue('Example: tls-stamp status --within 14 releases/*.statement')
}

export function exportOptions(command: Argv): Argv {
  return command
    .strictCommands(false)
    .usage(ABOUT_EXPORT)
    .option('certificates', {
      type: 'boolean',
      describe: 'write the certification paths as PEM',
    })
    .option('in-toto', {
      type: 'boolean',
      describe: 'write an in-toto Statement that holds the signed one',
    })
    .option('toytls', {
      requiresArg: true,
      describe: 'what the names of the three files begin with',
    })
    .option('output', {
      alias: 'o',
      requiresArg: true,
      describe: 'where to write certificates or an in-toto Statement',
      defaultDescription: 'standard output',
    })
    .option('ca', CA)
    .option('force', { type: 'boolean', describe: 'overwrite the files' })
    .option('json', JSON_OPTION)
    .epilogue('Example: tls-stamp export --certificates signed_statement -o path.pem')
}

export function pageOptions(command: Argv): Argv {
  return command
    .strictCommands(false)
    .usage(ABOUT_PAGE)
    .option('output', {
      alias: 'o',
      requiresArg: true,
      describe: 'where to write the page',
      defaultDescription: 'verify.html',
    })
    .option('force', { type: 'boolean', describe: 'overwrite the output' })
    .option('json', JSON_OPTION)
    .epilogue('Example: tls-stamp page -o verify.html')
}

const ABOUT_RENEW = `tls-stamp renew STATEMENT HOST PORT

Has a server sign a statement as it is, and adds that to it. What a statement
proves then holds although its own certificates end or its keys get known, as
long as the newest renewal holds. It has to be done before the certificates end;
tls-stamp status says when.

STATEMENT  the file that sign or renew wrote; without -o the renewed one, which
           holds all of it, takes its place
HOST       the witness; best another than before
PORT       usually 443`

const ABOUT_STATUS = `tls-stamp status STATEMENT...

What each statement proves, until when the certificates of its newest chain
last, and whether it should be renewed. Files are not compared.

STATEMENT  the file that sign or renew wrote

Exit code 1 when one is due, has ended or does not verify; 2 when one can't be
read.`

const ABOUT_EXPORT = `tls-stamp export --certificates STATEMENT
tls-stamp export --in-toto STATEMENT
tls-stamp export --toytls PATH STATEMENT

Writes a signed statement, or what is in it, in the forms of other tools: every
certification path as PEM; an in-toto Statement (v1), which verify reads too; or
round 0 as toytls did, to PATH.bytes, PATH.signature and PATH.certificate.der,
with the commands by which openssl alone checks them.

STATEMENT  the file that sign wrote`

const ABOUT_PAGE = `tls-stamp page [-o FILE]

Writes the page that verifies signed statements in a browser: one file, which
needs no network.`
