// Hashing a large file, next to OpenSSL, and the memory that it takes.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { digestFile } from '../../src/node.ts'
import { missing } from '../support/servers/servers.ts'
import { beside, heading, interleaved, row } from './table.ts'

const SIZE = 2 ** 30

export async function benchHashing(): Promise<void> {
  heading('hashing: a file of 1 GiB')
  const folder = mkdtempSync(join(tmpdir(), 'tls-stamp-bench-'))
  try {
    const file = join(folder, 'large')
    writeFileSync(file, '')
    // A hole: no disk is measured, and none is filled.
    truncateSync(file, SIZE)
    await compare(file)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function compare(file: string): Promise<void> {
  let memory = ''
  const module = fileURLToPath(new URL('../../src/system/files.js', import.meta.url))
  const program = `
    const { digestFile } = await import(process.argv[1])
    const before = process.resourceUsage().maxRSS
    await digestFile(process.argv[2])
    console.log(Math.round(before / 1024) + ' ' + Math.round(process.resourceUsage().maxRSS / 1024))`
  const args = ['--input-type=module', '-e', program, module, file]
  const absent = missing('openssl')
  const medians = await interleaved(
    {
      library: () => digestFile(file),
      process: () => {
        memory = execFileSync(process.execPath, args, { encoding: 'utf8' })
      },
      openssl: () => absent || execFileSync('openssl', ['dgst', '-sha256', file]),
    },
    3,
  )
  const rate = (taken: number): string => `${(SIZE / 1e6 / (taken / 1000)).toFixed(0)} MB/s`
  row('digestFile', rate(medians.library))
  row('digestFile, with the start of its process', rate(medians.process))
  if (!absent) row('openssl dgst -sha256', rate(medians.openssl))
  if (!absent) row('digestFile beside it', '', beside(medians.library, medians.openssl, 1.11))
  const [before, peak] = memory.trim().split(' ')
  row('peak memory of the process', `${peak} MiB`, `${before} MiB before`)
}
