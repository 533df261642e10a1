// What each command takes, and what its --help says: usage, options and their defaults.

import type { Argv } from 'yargs'

export type { Argv }

export function signOptions(command: Argv): Argv {
  return signingOptions(command.strictCommands(false).usage(ABOUT_SIGN))
    .option('output', {
      alias: 'o',
      requiresArg: true,
      describe: 'where to write the signed statement',
      defaultDescription: 'signed_statement',
    })
    .option('recursive', {
      type: 'boolean',
      describe: 'take folders: sign every file in them',
    })
    .option('sums', {
      ...SUMS,
      describe: 'sign the digests of this list, as sha256sum prints it; may be repeated',
    })
    .option('digest', {
      requiresArg: true,
      describe: 'sign this SHA-256 digest, in hex',
    })
    .option('name', {
      requiresArg: true,
      describe: 'what to call the digest',
      defaultDescription: 'the digest',
    })
    .option('blind', {
      type: 'boolean',
      describe: 'add random bytes to each digest, so that nobody can guess what it is of',
    })
    .option('if-missing', {
      type: 'boolean',
      describe: 'leave an output alone that passes for the same subjects',
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

/** Whom to ask and how: what sign and renew have in common. */
export function signingOptions(command: Argv): Argv {
  return command
    .option('witness', {
      array: true,
      nargs: 1,
      requiresArg: true,
      describe: 'HOST[:PORT] of a further witness; may be repeated',
    })
    .option('quorum', {
      requiresArg: true,
      describe: 'how many of the witnesses have to sign',
      defaultDescription: 'all',
    })
    .option('rounds', {
      requiresArg: true,
      describe: 'how many handshakes to chain with each witness',
      defaultDescription: '3',
    })
    .option('retries', {
      requiresArg: true,
      describe: 'how often to try a witness again that the network keeps away',
      defaultDescription: '2 for several, 0 for one',
    })
    .option('ca', CA)
    .option('timeout', {
      requiresArg: true,
      describe: 'seconds for each connection',
      defaultDescription: '10',
    })
    .option('max-skew', {
      requiresArg: true,
      describe: "seconds that a server's clock may be off this one",
      defaultDescription: '3600',
    })
    .option('proxy', PROXY)
}

export function verifyOptions(command: Argv): Argv {
  const compared = command
    .strictCommands(false)
    .usage(ABOUT_VERIFY)
    .option('sums', {
      ...SUMS,
      describe: 'compare the digests of this list, as sha256sum prints it; may be repeated',
    })
    .option('directory', {
      requiresArg: true,
      describe: 'compare every subject with the file of its name in this folder',
    })
  return trustOptions(compared).epilogue('Example: tls-stamp verify signed_statement doc.txt')
}

/** Whom to believe: what verify and status have in common. */
export function trustOptions(command: Argv): Argv {
  return command
    .option('witness', {
      array: true,
      nargs: 1,
      requiresArg: true,
      describe: 'accept this host as a witness; may be repeated',
      defaultDescription: 'the built-in list',
    })
    .option('quorum', {
      requiresArg: true,
      describe: 'how many witnesses have to be good, each with a key of its own',
      defaultDescription: 'all that are accepted',
    })
    .option('ca', CA)
    .option('json', JSON_OPTION)
}

export function extractOptions(command: Argv): Argv {
  return command
    .strictCommands(false)
    .usage(ABOUT_EXTRACT)
    .option('output', {
      alias: 'o',
      requiresArg: true,
      describe: 'where to write it, for one NAME',
      defaultDescription: 'NAME.signed_statement beside STATEMENT',
    })
    .option('force', { type: 'boolean', describe: 'overwrite the output' })
    .option('json', JSON_OPTION)
    .epilogue('Example: tls-stamp extract signed_statement dist/tool.tar.gz')
}

export function inspectOptions(command: Argv): Argv {
  return command
    .strictCommands(false)
    .usage(ABOUT_INSPECT)
    .option('client', { ...SIDE, describe: 'what the client sent; may be repeated' })
    .option('server', { ...SIDE, describe: 'what the server sent; may be repeated' })
    .option('hex', { type: 'boolean', describe: 'print every byte, with what it means' })
    .option('json', JSON_OPTION)
    .epilogue('Example: tls-stamp inspect --hex signed_statement')
}

export function probeOptions(command: Argv): Argv {
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
    .option('proxy', PROXY)
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

export function handshakeOptions(command: Argv): Argv {
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
    .option('proxy', PROXY)
    .option('timeout', {
      requiresArg: true,
      describe: 'seconds for the handshake, and again for the request',
      defaultDescription: '10',
    })
    .option('json', JSON_OPTION)
    .epilogue('Example: tls-stamp handshake www.google.com 443 --request')
}

const ABOUT_SIGN = `tls-stamp sign HOST PORT FILE...

Has a server sign files, and writes a signed statement.

HOST  the witness: a TLS 1.2 server that runs a clock
PORT  usually 443
FILE  what to sign; a folder with --recursive; - is standard input`

const ABOUT_VERIFY = `tls-stamp verify STATEMENT [FILE...]

Verifies a signed statement offline, and compares files with it.

STATEMENT  the file that sign wrote; or the PATH of toytls, or timmy's JSON
FILE       what to compare; - is standard input; without any, those beside it`

const ABOUT_EXTRACT = `tls-stamp extract STATEMENT NAME...

Cuts a statement over several subjects down to one for each NAME: complete by
itself, without the names and digests of the others.

STATEMENT  the file that sign wrote
NAME       a subject of it`

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

/** Given twice it is a list; `array` would not take a "-". */
const SUMS = { nargs: 1, requiresArg: true } as const

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

export const CA = {
  requiresArg: true,
  describe: 'trust these certificates, a file or a folder',
  defaultDescription: 'the Mozilla roots in Node.js',
} as const

const PROXY = {
  requiresArg: true,
  describe: 'URL of an HTTP proxy to go by',
  defaultDescription: 'HTTPS_PROXY, but for NO_PROXY',
} as const

export const JSON_OPTION = { type: 'boolean', describe: 'print JSON' } as const
