<?php
// The peer on PHP-FPM: opcache, a persistent PDO connection, the session and the total kept 1 s in APCu; the same session
// check, query and bytes as the platform's page of assets.
declare(strict_types=1);

const SIZE = 20;
const TOTAL_CAP = 10000;

$config = require getenv('BENCH_CONFIG');

function redis(array $config): Redis
{
    $redis = new Redis();
    $redis->pconnect($config['redis']);
    return $redis;
}

function session(array $config): ?array
{
    $token = $_COOKIE[$config['cookie']] ?? null;
    if ($token === null) {
        return null;
    }
    $hash = hash('sha256', $token);
    $kept = $config['keep_ms'] > 0 ? apcu_fetch("s:$hash") : false;
    if ($kept !== false && $kept['until'] > microtime(true)) {
        return $kept;
    }
    $stored = redis($config)->get("bench:s:$hash");
    $found = $stored === false ? null : json_decode($stored, true);
    if ($found === null || $found['ends'] < time()) {
        return null;
    }
    $found['until'] = microtime(true) + $config['keep_ms'] / 1000;
    if ($config['keep_ms'] > 0) {
        apcu_store("s:$hash", $found, 2);
    }
    return $found;
}

function rows(PDO $db, string $sql, array $params): array
{
    $statement = $db->prepare($sql);
    $statement->execute($params);
    return $statement->fetchAll(PDO::FETCH_ASSOC);
}

function total(PDO $db, array $scope, array $params, string $key): int
{
    $kept = apcu_fetch("t:$key");
    if ($kept !== false && $kept[1] > microtime(true)) {
        return $kept[0];
    }
    $n = (int) rows($db, $scope['count'], $params)[0]['n'];
    apcu_store("t:$key", [$n, microtime(true) + 1], 2);
    return $n;
}

function local_time(string $sql): string
{
    return gmdate('Y-m-d\TH:i:s', strtotime(substr($sql, 0, 19) . ' UTC') + 28800) . substr($sql, 19, 4) . '+08:00';
}

$who = session($config);
if ($who === null) {
    http_response_code(401);
    exit;
}
$db = new PDO("mysql:unix_socket={$config['db']['socket']};dbname={$config['db']['name']};charset=utf8mb4", $config['db']['user'],
    $config['db']['password'], [PDO::ATTR_PERSISTENT => true, PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
$scope = $config['scopes'][$who['kind']];
$params = array_map(fn ($name) => $who[$name], $scope['params']);
$items = rows($db, $scope['page'], $params);
$full = count($items) === SIZE;
$total = $full ? total($db, $scope, $params, $who['kind'] . $who['org']) : count($items);
$last = $full ? $items[SIZE - 1] : null;
foreach ($items as &$item) {
    $item['internet_exposed'] = (bool) $item['internet_exposed'];
    $item['updated_at'] = local_time($item['updated_at']);
}
unset($item);
$page = ['items' => $items, 'total' => min($total, TOTAL_CAP)];
if ($total > TOTAL_CAP) {
    $page['total_more'] = true;
}
$page += ['page' => 1, 'size' => SIZE];
if ($last !== null) {
    $page['after'] = strtotime(substr($last['updated_at'], 0, 19) . ' UTC') . substr($last['updated_at'], 20, 6) . '_' . $last['id'];
}
header('Content-Type: application/json');
echo json_encode($page, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_THROW_ON_ERROR);
