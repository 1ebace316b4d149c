/**
 * The engine on the network, or the reader's own store in its place: for redis-cli and Redis's
 * other clients, for {@code nc}, for {@code curl}, and for a browser.
 *
 * <pre>
 *   kv.server           the command line; starting and stopping
 *      |    |
 *      |    +--> kv.server.resp    the protocol of Redis
 *      |    '--> kv.server.http    HTTP, and the live page
 *      |              |
 *      v              v            both protocols use, and the core uses neither:
 *   kv.server.core                 the store, the event loop's turn, limits, slow jobs
 * </pre>
 *
 * <p>Read in this order:
 *
 * <ol>
 *   <li>{@code Main}: the command line; {@code StartFailure}: the message if the store cannot be
 *       opened
 *   <li>{@code Server}: from start to end, and why there is one thread; {@code Descriptors} and
 *       {@code AcceptFailures}: the number of clients
 *   <li>the package {@code kv.server.core}: the parts that both protocols use
 *   <li>the package {@code kv.server.resp}: from bytes to a command of Redis, and back
 *   <li>the package {@code kv.server.http}: from an address to a reply, and the page
 * </ol>
 */
package kv.server;
