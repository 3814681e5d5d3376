/** Names are found, filled in, and refused with the nearest known ones. */
import { expect, test } from 'vitest'
import { UsageError } from '../lib/errors.ts'
import { checkTemplate, ownTemplateNames, renderTemplate, templateNames } from './template.ts'

const known = ['orders.url', 'orders.address', 'db.url', 'db.user', ...ownTemplateNames]

test('names, each once, spaces aside', () => {
  expect(templateNames('{{orders.url}}/{{ db.url }}?{{orders.url}}')).toEqual(['orders.url', 'db.url'])
  expect(templateNames('{"a":{"b":1}}')).toEqual([])
})

test('values are put in as they are', () => {
  const values = { 'db.url': 'postgresql://u:$&p@h:1/d', 'incarnation.port.http': '8080' }
  expect(renderTemplate('{{db.url}} :{{incarnation.port.http}}', values, 'env')).toBe('postgresql://u:$&p@h:1/d :8080')
  expect(() => renderTemplate('{{db.host}}', values, 'subject.env.A')).toThrow(
    new UsageError('subject.env.A: unknown template {{db.host}}; known are {{db.url}}'))
})

test.each([
  ['{{order.url}}', 'E: unknown template {{order.url}}; did you mean {{orders.url}}?'],
  ['{{orders.ulr}}', 'E: unknown template {{orders.ulr}}; did you mean {{orders.url}}?'],
  ['{{orders.group}}', 'E: unknown template {{orders.group}}; known are {{orders.url}}, {{orders.address}}'],
  ['{{incarnation.port}}', 'E: unknown template {{incarnation.port}}; did you mean {{incarnation.port.NAME}}?'],
  ['{{db.url', "E: '{{' without '}}'; write {{name}}, as in {{orders.url}}"],
])('%s', (text, sentence) => {
  expect(() => checkTemplate(text, known, 'E')).toThrow(new UsageError(sentence))
})

test('a port has a name of the author\'s choice', () => {
  const text = '{{incarnation.port.http}} {{incarnation.port.admin-2}} {{cell}}'
  expect(() => checkTemplate(text, known, 'E')).not.toThrow()
  expect(() => checkTemplate('{{toString}}', known, 'E')).toThrow(UsageError)
})
