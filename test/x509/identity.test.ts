import assert from 'node:assert/strict'
import test from 'node:test'
import { decodeCertificate } from '../../src/x509/certificate.ts'
import { matchedName, matchesHost, parseHost } from '../../src/x509/identity.ts'
import { type GeneralNameSpec, mintCertificate, mintKey } from '../support/make/mint.ts'

const key = mintKey('p256')

function names(...altNames: GeneralNameSpec[]): (host: string) => boolean {
  const { der } = mintCertificate({ subject: 'cn.example.com', key, altNames })
  const certificate = decodeCertificate(der)
  return (host) => matchesHost(certificate, host)
}

test('tells which name matched, and prefers one that is no wildcard', () => {
  const matched = (host: string, ...altNames: GeneralNameSpec[]) => {
    const { der } = mintCertificate({ subject: 'cn.example.com', key, altNames })
    return matchedName(decodeCertificate(der), host)
  }
  const wildcard = { dns: '*.Example.com' }
  assert.deepEqual(matched('www.example.com', wildcard), { name: '*.example.com', wildcard: true })
  assert.deepEqual(matched('www.example.com', wildcard, { dns: 'WWW.example.com' }), {
    name: 'www.example.com',
    wildcard: false,
  })
  assert.deepEqual(matched('192.0.2.1', wildcard, { ip: '192.0.2.1' }), {
    name: '192.0.2.1',
    wildcard: false,
  })
  assert.equal(matched('example.com', wildcard), undefined)
})

test('hosts have one canonical spelling', () => {
  const spellings: [string, string][] = [
    ['WWW.Example.COM', 'www.example.com'],
    ['example.com.', 'example.com'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['localhost', 'localhost'],
    ['1a.2b', '1a.2b'],
    ['192.0.2.1', '192.0.2.1'],
    ['::1', '::1'],
    ['::', '::'],
    ['1::', '1::'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['10:0:0:20:0:0:0:3', '10:0:0:20::3'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ]
  for (const [text, name] of spellings) assert.equal(parseHost(text)?.name, name, text)
})

test('an address is its bytes', () => {
  const v4 = parseHost('192.0.2.1')
  assert.deepEqual(v4, { type: 'ip', name: '192.0.2.1', bytes: Uint8Array.of(192, 0, 2, 1) })
  const v6 = parseHost('2001:db8::ff')
  assert.equal(v6?.type === 'ip' && v6.bytes.length, 16)
  assert.equal(v6?.type === 'ip' && v6.bytes[15], 255)
})

test('refuses what is neither a DNS name nor an address', () => {
  const bad = ['', '.', 'a..b', '.a', 'a.b..', '-a.b', 'a-.b', 'a_b.c', 'bücher.example', '*.a.b']
  bad.push(
    'a b',
    'a.b/c',
    'a:80',
    '[::1]',
    '::1%eth0',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '12345::',
  )
  bad.push('1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7:8::', '::1.2.3.4:5', '1.2.3.4::', '1:', ':1')
  bad.push('1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', '1.2.3.4.', 'a.1', 'example.com\n')
  bad.push(`${'a'.repeat(64)}.b`, `${'a.'.repeat(127)}ab`)
  for (const text of bad) assert.equal(parseHost(text), undefined, JSON.stringify(text))
})

test('DNS names match without regard to case, whole and exactly', () => {
  const matches = names({ dns: 'WWW.example.com' })
  assert.ok(matches('www.EXAMPLE.com'))
  assert.ok(matches('www.example.com.'))
  for (const other of ['example.com', 'a.www.example.com', 'www.example.co', 'wwww.example.com']) {
    assert.ok(!matches(other), other)
  }
})

test('a wildcard is the whole left-most label and stands for exactly one', () => {
  const matches = names({ dns: '*.example.com' })
  assert.ok(matches('a.example.com'))
  assert.ok(matches('XN--bcher-kva.Example.com'))
  for (const other of ['example.com', 'a.b.example.com', '.example.com', 'aexample.com']) {
    assert.ok(!matches(other), other)
  }
})

test('other wildcards match nothing', () => {
  for (const dns of [
    '*',
    '*.com',
    'a*.example.com',
    '*a.example.com',
    'www.*.com',
    '*.*.com',
    '**.example.com',
    '*.',
  ]) {
    const matches = names({ dns })
    for (const host of ['a.example.com', 'www.example.com', 'com', 'example.com', 'www.a.com']) {
      assert.ok(!matches(host), `${dns} ${host}`)
    }
  }
})

test('presented identifiers that are not well-formed match nothing', () => {
  assert.ok(!names({ dns: 'foo_bar.example.com' })('foo_bar.example.com'))
  assert.ok(!names({ dns: 'example.com.' })('example.com'))
  assert.ok(!names({ dns: '.example.com' })('example.com'))
  assert.ok(!names({ dns: 'example.com\0.evil.test' })('example.com'))
  assert.ok(!names({ ip: '192.0.2.0/24' })('192.0.2.0'))
})

test('addresses match iPAddress by their bytes and nothing else', () => {
  assert.ok(names({ ip: '192.0.2.1' })('192.0.2.1'))
  assert.ok(names({ ip: '2001:db8::1' })('2001:0DB8:0::1'))
  assert.ok(!names({ ip: '192.0.2.1' })('192.0.2.2'))
  assert.ok(!names({ ip: '192.0.2.1' })('::ffff:192.0.2.1'))
  assert.ok(!names({ dns: '192.0.2.1' })('192.0.2.1'))
  assert.ok(!names({ dns: '*.0.2.1' })('192.0.2.1'))
  assert.ok(!names({ uri: 'https://192.0.2.1/' })('192.0.2.1'))
})

test('the common name never counts', () => {
  assert.ok(!names({ dns: 'other.example.com' })('cn.example.com'))
  const { der } = mintCertificate({ subject: 'cn.example.com', key })
  assert.ok(!matchesHost(decodeCertificate(der), 'cn.example.com'))
})
