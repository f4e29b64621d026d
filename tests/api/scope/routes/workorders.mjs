import { newKey, platform } from '../../lib/harness.mjs';
import { list, one, make, owned } from '../kinds.mjs';

const link = { name: '改名', state: 'disabled', url: 'https://tickets.example.cn/x', mac: 'sm3', client_id: '01a20b7e-1b59-72ba-8a44-6d67e9334f25', level: 4,
  mapping: { fields: [{ name: 'a', value: 'x' }], states: [], actions: [], answer_ticket: 'a', in_ticket: 'a', in_state: 'b' } };
/** A link of `other`'s unit and a work order on one of its dispatches, as rows: nothing is called. */
export async function linked(other, dispatch) {
  const [id, order] = [newKey(), newKey()];
  const columns = 'org_id, org_l1, org_l2, org_l3, org_l4, org_l5, org_l6, sector_code';
  await platform().sql(`INSERT INTO work_order_links (id, name, state, url, mac, secret, client_id, level, mapping, created_at, updated_at, ${columns})
    SELECT '${id}', '外单位工单', 'disabled', 'https://tickets.example.cn/x', 'sm3', 'x', UUID(), 4, '${JSON.stringify(link.mapping)}', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), id, org_l1, org_l2, org_l3, org_l4, org_l5, org_l6, sector_code FROM orgs WHERE id = '${other.org.id}' ON DUPLICATE KEY UPDATE id = VALUES(id);
    INSERT INTO work_orders (id, link_id, dispatch_id, state, next_try, created_at, ${columns})
    SELECT '${order}', '${id}', '${dispatch}', 'dead', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), id, org_l1, org_l2, org_l3, org_l4, org_l5, org_l6, sector_code FROM orgs WHERE id = '${other.org.id}' ON DUPLICATE KEY UPDATE id = VALUES(id), link_id = VALUES(link_id)`.replaceAll('\n', ' '));
  return { work_order_link: { id }, work_order: { id: order } };
}
export const routes = {
  'GET /work-order-links': list('work_order_links', owned),
  'POST /work-order-links': make((id) => ({ ...link, org_id: id, secret: 'k'.repeat(16) })),
  'GET /work-order-links/{id}': one('work_order_link'),
  'PUT /work-order-links/{id}': one('work_order_link', { ...link, version: 1 }),
  'DELETE /work-order-links/{id}': one('work_order_link'),
  'GET /work-orders': list('work_orders', owned),
  'POST /work-orders/{id}/resend': one('work_order'),
};
export const tables = { work_order_links: 'SELECT id, org_id FROM work_order_links', work_orders: 'SELECT id, org_id FROM work_orders' };
