/** What is used of bpmn-moddle, which brings no types for its entry. */
declare module 'bpmn-moddle' {
  export class BpmnModdle {
    fromXML(xml: string): Promise<{ rootElement: unknown }>
    toXML(element: unknown, options?: { format?: boolean }): Promise<{ xml: string }>
    create(type: string, attributes: Record<string, unknown>): unknown
  }
}
