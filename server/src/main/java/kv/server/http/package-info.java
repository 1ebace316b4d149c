/**
 * The HTTP port: keys and values by their addresses, numbers, and a page for people.
 *
 * <p>Read in this order:
 *
 * <ol>
 *   <li>{@code HttpInitializer}: the handlers of a connection; {@code Intake}: Netty's decoder, one
 *       request at a time; {@code HttpConnection}: one client; {@code ProtocolCheck} and {@code
 *       HttpDate}
 *   <li>{@code Router}: all addresses, statuses and errors; {@code RequestTarget}, {@code Query}
 *       and {@code PercentEncoding}: the parts of an address; {@code Action} and {@code Reply}
 *   <li>{@code OriginGuard}: other web pages; {@code PasswordGuard}
 *   <li>{@code KeyResource}: one key; {@code EntityTag}, {@code Preconditions}, {@code ByteRange}
 *       and {@code MediaType}
 *   <li>{@code KeyListResource}: many keys; {@code StoreResource}: merges, snapshots, health
 *   <li>{@code ServerStats} and {@code Metrics}: numbers; {@code EventStream}: numbers over time
 *   <li>{@code Page}, {@code page.html} and {@code page.js}; {@code segments.js}: the picture of a
 *       log, also in the course's microscope
 * </ol>
 */
package kv.server.http;
