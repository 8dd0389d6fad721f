import { describe, expect, test } from 'vitest'
import { asApiError, nextLink, problemOf, sameOrigin } from './client'

describe('a refusal', () => {
  test('in problem+json keeps both texts, the code and the request', async () => {
    const body = { title: 'Not found', status: 404, detail: '没有图层“x”', detail_en: 'there is no layer "x"', code: 'no-layer', request_id: 'r1' }
    expect(await problemOf(new Response(JSON.stringify(body), { status: 404 }))).toMatchObject({ code: 'no-layer', zh: '没有图层“x”', en: 'there is no layer "x"', requestId: 'r1' })
  })
  test('of another kind names the status', async () => {
    const error = await problemOf(new Response('<h1>Bad gateway</h1>', { status: 502, statusText: 'Bad Gateway' }))
    expect(error.code).toBe('http-502')
    expect(error.zh).toContain('502 Bad Gateway')
  })
  test('by the network says what to do', () => expect(asApiError(new TypeError('Failed to fetch')).zh).toContain('请检查网络'))
})

test('links are followed on the own origin only', () => {
  expect(sameOrigin('http://elsewhere.example/api/v1/layers/a/features?after=5')).toBe('/api/v1/layers/a/features?after=5')
  expect(sameOrigin('/api/v1/x?y=1')).toBe('/api/v1/x?y=1')
})

test('the next page is a member or a link', () => {
  expect(nextLink({ type: 'FeatureCollection', features: [], next: '/a' })).toBe('/a')
  expect(nextLink({ type: 'FeatureCollection', features: [], links: [{ rel: 'self', href: '/s' }, { rel: 'next', href: '/n' }] })).toBe('/n')
  expect(nextLink({ type: 'FeatureCollection', features: [] })).toBe('')
})
