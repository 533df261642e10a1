// The example scripts and the twelve lines of library do what they say, with stand-ins for the hosts of the built-in list.

import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { openWorkspace, PROGRAM, ROOT, type Workspace } from '../support/harness/command-line.ts'
import { standIns } from '../support/harness/stand-ins.ts'
import { type KnownHosts, startKnownHosts } from '../support/servers/known-hosts.ts'
import { missing } from '../support/servers/programs.ts'

const EXAMPLES = join(ROOT, 'examples')

interface Machine extends Workspace {
  readonly env: Readonly<Record<string, string>>
}

describe('the example', { skip: missing('bun'), concurrency: 3 }, () => {
  let known: KnownHosts

  before(async () => {
    known = await startKnownHosts()
  })

  after(() => known?.[Symbol.asyncDispose]())

  function example(
    name: string,
    body: (at: Machine) => Promise<void>,
    skip: string | false = false,
  ): void {
    test(name, { skip }, async () => {
      const at = openWorkspace()
      mkdirSync(at.path('bin'))
      mkdirSync(at.path('files'))
      at.write('bin/tls-stamp', `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`)
      chmodSync(at.path('bin/tls-stamp'), 0o755)
      at.write('bin/stand-ins.mjs', standIns(known.ports, known.ca))
      const env = {
        PATH: `${at.path('bin')}:${process.env.PATH}`,
        NODE_OPTIONS: `--import file://${at.path('bin/stand-ins.mjs')}`,
        HOME: at.folder,
        TLS_STAMP_TIMEOUT: '120',
      }
      try {
        await body({ ...at, env })
      } finally {
        at.remove()
      }
    })
  }

  example('sign-release.sh leaves a folder that its recipients can verify', async (at) => {
    at.write('files/app.js', 'console.log(1)\n')
    mkdirSync(at.path('files/sub'))
    at.write('files/sub/with space', 'text\n')
    const { stdout, stderr, code } = await at.shell(`'${EXAMPLES}/sign-release.sh' files`, at)
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^signed: SHA256SUMS, .*^passed {2}/ms)
    assert.match(at.read('files/SHA256SUMS'), /^\w{64} {2}app\.js\n\w{64} {2}sub\/with space\n$/)
    assert.match(at.read('files/verify.html'), /^<!doctype html>/i)
    const verify = 'cd files && tls-stamp verify SHA256SUMS.tls-stamp --directory . --quorum 2'
    assert.equal((await at.shell(verify, at)).code, 0)
    at.write('files/app.js', 'console.log(2)\n')
    const altered = await at.shell(verify, at)
    assert.match(altered.stdout, /^failed {2}.*app\.js/)
    assert.equal(altered.code, 1)
  })

  example(
    'sign-git-tag.sh keeps the statement in a note, and verifies tag and files by it',
    async (at) => {
      const script = `'${EXAMPLES}/sign-git-tag.sh'`
      const git = 'git -c user.name=Tester -c user.email=tester@example.test'
      const prepared = await at.shell(
        `cd files && git init -q && echo one >a && git add a && ${git} commit -qm one &&
        ${git} tag -a v1.0 -m 'Version 1.0' && export GIT_COMMITTER_NAME=Tester &&
        export GIT_COMMITTER_EMAIL=tester@example.test GIT_AUTHOR_NAME=Tester GIT_AUTHOR_EMAIL=t@example.test &&
        ${script} sign v1.0 && ${script} verify v1.0`,
        at,
      )
      assert.equal(prepared.code, 0, prepared.stderr)
      assert.match(prepared.stdout, /^passed {2}/m)
      const moved = await at.shell(
        `cd files && echo two >a && ${git} commit -qam two && git notes --ref=tls-stamp show v1.0 >note &&
        ${git} tag -f -a v1.0 -m 'Version 1.0' &&
        ${git} notes --ref=tls-stamp add -C $(git hash-object -w note) v1.0 && ${script} verify v1.0`,
        at,
      )
      assert.match(moved.stdout, /^failed {2}/m)
      assert.equal(moved.code, 1)
    },
    missing('git'),
  )

  example('watch-folder.sh signs what is new, and is silent while all is well', async (at) => {
    const watch = () => at.shell(`'${EXAMPLES}/watch-folder.sh' files`, at)
    assert.deepEqual(await watch(), { code: 0, stdout: '', stderr: '' })
    at.write('files/contract.txt', 'text\n')
    at.write('files/-odd 443', 'text\n')
    assert.deepEqual(await watch(), { code: 0, stdout: '', stderr: '' })
    assert.ok(at.exists('files/contract.txt.tls-stamp') && at.exists('files/-odd 443.tls-stamp'))
    assert.deepEqual(await watch(), { code: 0, stdout: '', stderr: '' })
    const earlier = `sed 's/--within 30 /--within 36500 /' '${EXAMPLES}/watch-folder.sh'`
    const due = await at.shell(`${earlier} | bash -s files`, at)
    assert.match(due.stdout, /^due .*contract\.txt\.tls-stamp/m)
    assert.equal(due.code, 1)
    at.write('files/contract.txt', 'another text\n')
    const altered = await watch()
    assert.match(altered.stdout, /^failed {2}.*contract\.txt/)
    assert.equal(altered.code, 1)
    rmSync(at.path('files/contract.txt'))
    at.write('files/contract.txt.tls-stamp', '{}\n')
    const broken = await watch()
    assert.match(broken.stdout, /contract\.txt\.tls-stamp/)
    assert.equal(broken.code, 1)
  })

  example('library.js signs and verifies', async (at) => {
    at.write('doc.txt', 'some text\n')
    const { stdout, stderr, code } = await at.shell(
      `'${process.execPath}' '${EXAMPLES}/library.js'`,
      at,
    )
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^passed: 20\d\d-\d\d-\d\dT[\d:.]+Z\n$/)
    assert.ok(at.exists('doc.txt.tls-stamp'))
  })
})
