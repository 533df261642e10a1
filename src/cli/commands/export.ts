// tls-stamp export: a statement in the forms that other tools read.

import { encodeInToto } from '../../statement/index.ts'
import { requireWritable, writeOutput } from '../output.ts'
import { readSignedStatement } from '../statement-file.ts'
import { isTerminal, print, printBytes, printHints } from '../terminal.ts'
import { renderJson } from '../text/report.ts'

export interface ExportArguments {
  readonly statement: string
  readonly form: ExportForm
  readonly force: boolean
  readonly json: boolean
}

export type ExportForm =
  /** What the names of the files begin with. */
  | { readonly name: 'toytls'; readonly path: string }
  /** Standard output unless there is one. */
  | { readonly name: 'in-toto'; readonly output: string | undefined }
  | {
      readonly name: 'certificates'
      readonly output: string | undefined
      readonly ca: string | undefined
    }

/** Gives the exit code; throws what kept it from writing. */
export async function exportStatement(args: ExportArguments): Promise<number> {
  const { statement: path, form, force } = args
  if (form.name === 'toytls') {
    const { exportToytls } = await import('./export-toytls.ts')
    return exportToytls({ ...args, toytls: form.path })
  }
  if (form.output !== undefined) await requireWritable(form.output, force)
  const statement = await readSignedStatement(path)
  if (form.name === 'in-toto') {
    const bytes = encodeInToto(statement)
    if (form.output === undefined && isTerminal()) print(renderJson(JSON.parse(textOf(bytes))))
    else await put(bytes, form.output, args)
    return 0
  }
  const { certificatesAsPem } = await import('./export-certificates.ts')
  const { pem, hints } = await certificatesAsPem(statement, path, form.ca)
  await put(new TextEncoder().encode(pem), form.output, args)
  printHints(hints)
  return 0
}

async function put(
  bytes: Uint8Array,
  output: string | undefined,
  args: ExportArguments,
): Promise<void> {
  if (output === undefined) printBytes(bytes)
  else await writeOutput(output, bytes, args)
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
