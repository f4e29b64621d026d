// Drawings for the tests: what a site draws in the browser, as text.
const HEAD = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:tc="urn:tongchou:flow:1" targetNamespace="urn:tongchou:flow"><process id="p" name="审批" isExecutable="true">';
export const drawing = (...parts) => `${HEAD}<startEvent id="start"/>${parts.join('')}<endEvent id="yes" tc:result="approved"/><endEvent id="no" tc:result="rejected"/></process></definitions>`;
const escaped = (s) => s.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
export const step = (id, name, more = '', inside = '') => `<userTask id="${id}" name="${name}" tc:permission="warning.approve" ${more}>${inside}</userTask>`;
export const signers = (users, sign = 'all', ratio = '') => `<multiInstanceLoopCharacteristics tc:sign="${sign}" ${ratio && `tc:ratio="${ratio}"`} tc:signers="${users.map((u) => `user:${u}`).join(' ')}"/>`;
export const link = (id, from, to, when) => `<sequenceFlow id="${id}" sourceRef="${from}" targetRef="${to}">${when ? `<conditionExpression>${escaped(when)}</conditionExpression>` : ''}</sequenceFlow>`;
export const timer = (id, at, after, more = '') => `<boundaryEvent id="${id}" attachedToRef="${at}" tc:working="false" ${more}><timerEventDefinition><timeDuration>${after}</timeDuration></timerEventDefinition></boundaryEvent>`;
/** start -> each step in turn; whoever does not approve sends it to the end "no". */
export const inTurn = (steps) => drawing(...steps.map(([, xml]) => xml), link('f0', 'start', steps[0][0]),
  ...steps.flatMap(([id], i) => [link(`y${i}`, id, steps[i + 1]?.[0] ?? 'yes', "outcome = 'approve'"), link(`n${i}`, id, 'no')]));
