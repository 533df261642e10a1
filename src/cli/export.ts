// tls-stamp export: a statement in the forms that other tools read.

import { encodeInToto } from '../in-toto.ts'
import { writeWhole } from '../node/files.ts'
import { requireWritable } from './output.ts'
import { readSignedStatement } from './read-statement.ts'
import { renderJson, row } from './render.ts'
import { isTerminal, print, printable, printBytes, printHints } from './terminal.ts'

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
  const { statement: path, form, force, json } = args
  if (form.name === 'toytls') {
    const { exportToytls } = await import('./export-toytls.ts')
    return exportToytls({ statement: path, toytls: form.path, force, json })
  }
  if (form.output !== undefined) await requireWritable(form.output, force)
  const statement = await readSignedStatement(path)
  if (form.name === 'in-toto') {
    const bytes = encodeInToto(statement)
    if (form.output === undefined && isTerminal()) print(renderJson(JSON.parse(textOf(bytes))))
    else await put(bytes, { ...args, output: form.output })
    return 0
  }
  const { certificatesAsPem } = await import('./export-certificates.ts')
  const { pem, hints } = await certificatesAsPem(statement, path, form.ca)
  await put(new TextEncoder().encode(pem), { ...args, output: form.output })
  printHints(hints)
  return 0
}

async function put(
  bytes: Uint8Array,
  {
    output,
    force,
    json,
  }: Pick<ExportArguments, 'force' | 'json'> & { readonly output: string | undefined },
): Promise<void> {
  if (output === undefined) return printBytes(bytes)
  await writeWhole(output, bytes, { replace: force })
  const { length: size } = bytes
  const shown = row('written', `${printable(output)}, ${size} bytes`)
  print(json ? renderJson({ output, size }) : shown)
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
