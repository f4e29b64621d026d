import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { addNode, addTimer, changeEdge, connect, outOf, remove } from '@/features/flow/draw'
import { durationOf, durationParts, freshId, hang, readXml, writeXml, type Drawing } from '@/features/flow/bpmn'

const shipped = readFileSync('../backend/packs/flows/warning_approval.bpmn', 'utf8')
const whole: Drawing = {
  id: 'p', name: '全部',
  nodes: [
    { id: 'start', type: 'start', name: '', x: 100, y: 100 },
    { id: 'a', type: 'task', name: '初审 <一>', x: 260, y: 100, permission: 'warning.approve', org: 'superior', due: 'P2D', working: false },
    { id: 'remind', type: 'timer', name: '', x: 300, y: 130, host: 'a', interrupts: false, after: 'PT4H' },
    { id: 'late', type: 'timer', name: '超时', x: 264, y: 130, host: 'a', interrupts: true, after: 'P1D', working: false },
    { id: 'how', type: 'choice', name: '', x: 400, y: 100 },
    { id: 'fork', type: 'parallel', name: '', x: 500, y: 100 },
    { id: 'join', type: 'parallel', name: '', x: 760, y: 100 },
    { id: 'b', type: 'task', name: '会签', x: 630, y: 40, permission: 'warning.approve', sign: 'ratio', ratio: 60, signers: ['01890a5d-ac96-774b-bcce-b302099a8001', '01890a5d-ac96-774b-bcce-b302099a8002'] },
    { id: 'c', type: 'task', name: '本人', x: 630, y: 160, permission: 'warning.draft', person: 'initiator', outcomes: 'approve' },
    { id: 'yes', type: 'end', name: '通过', x: 900, y: 100, result: 'approved' },
    { id: 'no', type: 'end', name: '退回', x: 400, y: 260, result: 'rejected' },
  ],
  edges: [
    ['f1', 'start', 'a'], ['f2', 'a', 'how', "outcome = 'approve'"], ['f3', 'a', 'no', '', true], ['f4', 'late', 'no'], ['f5', 'how', 'fork', 'level <= 2 and units > 10'], ['f6', 'how', 'yes', '', true],
    ['f7', 'fork', 'b'], ['f8', 'fork', 'c'], ['f9', 'b', 'join'], ['f10', 'c', 'join'], ['f11', 'join', 'yes'],
  ].map(([id, from, to, when, fallback]) => ({ id: id as string, from: from as string, to: to as string, name: '', when: (when as string) ?? '', fallback: !!fallback, points: [{ x: 1, y: 2 }, { x: 3, y: 4 }] })),
}

describe('a drawing as BPMN', () => {
  it('comes back as it was written', async () => expect(await readXml(await writeXml(whole))).toEqual(whole))
  it('reads the shipped path and writes the same elements', async () => {
    const d = await readXml(shipped)
    expect(d.nodes.map((n) => [n.id, n.type, n.x, n.y])).toEqual([['start', 'start', 98, 140], ['approve', 'task', 240, 140], ['approved', 'end', 398, 140], ['rejected', 'end', 240, 258]])
    expect(d.edges.map((e) => e.when)).toEqual(['', "outcome = 'approve'", ''])
    expect(await readXml(await writeXml(d))).toEqual(d)
  })
  it('lays out what has no diagram, so that nothing covers another', async () => {
    const xml = (await writeXml(whole)).replace(/<bpmndi:BPMNDiagram[\s\S]*<\/bpmndi:BPMNDiagram>/, '')
    const { nodes } = await readXml(xml)
    expect(new Set(nodes.map((n) => `${n.x},${n.y}`)).size).toBe(nodes.length)
    const x = (id: string) => nodes.find((n) => n.id === id)!.x
    expect([x('start') < x('a'), x('a') < x('how'), x('fork') < x('join')]).toEqual([true, true, true])
  })
  it('refuses what is no process', async () => {
    await expect(readXml('<a/>')).rejects.toThrow()
    await expect(readXml('<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>')).rejects.toThrow()
  })
})

it('timers hang side by side at the lower edge of their task', () => {
  const nodes = structuredClone(whole.nodes)
  hang(nodes)
  const [a, b] = nodes.filter((n) => n.host === 'a')
  expect([a!.y, b!.y, a!.x - b!.x]).toEqual([130, 130, 36])
})
it('durations have one number and one unit', () => {
  for (const [s, n, unit] of [['P2D', 2, 'D'], ['PT4H', 4, 'H'], ['PT90M', 90, 'M']] as const) {
    expect(durationParts(s)).toEqual({ n, unit })
    expect(durationOf(n, unit)).toBe(s)
  }
  expect(durationParts('P1DT12H')).toEqual({ n: 36, unit: 'H' })
  expect([durationParts('P1Y'), durationParts(undefined), durationOf(undefined, 'D')]).toEqual([{ unit: 'D' }, { unit: 'D' }, undefined])
})
it('a fresh id is nobody’s', () => expect(freshId(whole, 'f')).toBe('f12'))

describe('drawing', () => {
  const ways = (d: Drawing, id: string) => outOf(d, id).map((e) => [e.to, e.when, e.fallback])
  it('a step behind a step goes between it and what followed, and decides like it', async () => {
    const { drawing, id } = addNode(await readXml(shipped), 'task', '复审', { permission: 'warning.approve' }, 'approve')
    expect(ways(drawing, 'approve')).toEqual([[id, "outcome = 'approve'", false], ['rejected', '', false]])
    expect(ways(drawing, id)).toEqual([['approved', "outcome = 'approve'", false], ['rejected', '', false]])
    expect(new Set(drawing.edges.map((e) => e.id)).size).toBe(drawing.edges.length)
  })
  it('a gateway goes on where it was put in; an end is only connected', async () => {
    const d = await readXml(shipped)
    const choice = addNode(d, 'choice', '', {}, 'start')
    expect([ways(choice.drawing, 'start'), ways(choice.drawing, choice.id)]).toEqual([[[choice.id, '', false]], [['approve', '', true]]])
    const end = addNode(d, 'end', '', { result: 'rejected' }, 'approve')
    expect(ways(end.drawing, 'approve')).toHaveLength(3)
    expect(addNode(d, 'end', '', {}, 'start').drawing.edges).toHaveLength(3)
  })
  it('what is removed takes with it what hangs on it', () => {
    const d = remove(whole, 'a')
    expect([d.nodes.some((n) => n.host === 'a'), d.edges.some((e) => [e.from, e.to].some((x) => ['a', 'late', 'remind'].includes(x)))]).toEqual([false, false])
  })
  it('one way of a node is the one for otherwise', () => {
    const d = changeEdge(connect(whole, 'how', 'a'), 'f5', { fallback: true, when: '' })
    expect(outOf(d, 'how').map((e) => e.fallback)).toEqual([true, false, false])
  })
  it('timers are added at their task', () => {
    const { drawing, id } = addTimer(whole, 'b', true)
    expect(drawing.nodes.find((n) => n.id === id)).toMatchObject({ host: 'b', interrupts: true, after: 'P1D', y: 70 })
  })
})
