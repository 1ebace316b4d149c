/**
 * The engine on the network: for redis-cli and Redis's other clients, for {@code nc}, for
 * {@code curl}, and for a browser.
 *
 * <p>Read in this order:
 *
 * <ol>
 *   <li>{@code Main}: the command line; {@code Settings}; {@code Secret}; {@code StartFailure}
 *   <li>{@code Server}: from start to end, and why there is one thread; {@code Watch}: when it
 *       can no longer answer; {@code Descriptors} and {@code AcceptFailures}: how many clients
 *   <li>{@code Turn}: many clients, one fsync; {@code Worker}: what takes long; {@code Budget}: the
 *       memory of all connections together; {@code Database} and {@code Counters}
 *   <li>{@code RespInitializer}: the way of a request that comes by RESP, through {@code
 *       RequestDecoder} and {@code InlineCommand}, as a {@code Request}, to {@code RespConnection};
 *       {@code Session}: what is known of a client; {@code Replies}: the way back; {@code Ascii}
 *   <li>{@code Commands}: from a request to its {@code Command}; {@code Arguments}, {@code RespException};
 *       {@code Unsupported}: what Redis has and this server has not
 *   <li>{@code StringCommands}, {@code KeyCommands}, {@code ConnectionCommands}, {@code
 *       ServerCommands} and {@code Info}: what the commands do; {@code Glob}: patterns; {@code
 *       Scans}: all keys, some at a time, also for {@code HttpList}; {@code Snapshots}
 *   <li>{@code Transaction}, {@code TransactionCommands} and {@code Watches}: several commands as
 *       one
 *   <li>{@code HttpInitializer}: the way of a request that comes by HTTP, through {@code
 *       HttpIntake}, to {@code HttpConnection}; {@code HttpProtocol}: what it must not ask for;
 *       {@code HttpDate}
 *   <li>{@code HttpApi}: what each address is for; {@code HttpTarget}, {@code HttpPath}, {@code
 *       HttpQuery}, {@code HttpAction}, {@code HttpReply}; {@code HttpGuard}: other origins; {@code
 *       HttpAuth}: the password
 *   <li>{@code HttpKeys}: one key; {@code HttpEtag}, {@code HttpConditions}, {@code HttpRange},
 *       {@code HttpText}; {@code HttpList}: many keys
 *   <li>{@code HttpStats}, {@code Metrics}: numbers; {@code HttpEvents}: as they change; {@code
 *       Page}, and {@code page.html}: for people
 * </ol>
 */
package kv.server;
