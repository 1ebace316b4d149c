/**
 * The RESP port: the protocol of Redis, and its commands for strings.
 *
 * <p>Read in this order:
 *
 * <ol>
 *   <li>{@code RespInitializer}: the handlers of a connection
 *   <li>{@code RequestDecoder}, {@code InlineCommand} and {@code Ascii}: from bytes to a {@code
 *       Request}; {@code Replies}: from replies to bytes
 *   <li>{@code RespConnection}: one client, in order; {@code Session}: its state
 *   <li>{@code Commands}: from a request to its {@code Command}; {@code Arguments} and {@code
 *       RespException}; {@code Unsupported}: Redis's commands that this server lacks
 *   <li>{@code StringCommands}, {@code KeyCommands}, {@code ConnectionCommands}, {@code
 *       ServerCommands} with {@code Info}, and {@code IntrospectionCommands}: the commands
 *   <li>{@code Transaction} and {@code TransactionCommands}: several commands as one
 * </ol>
 */
package kv.server.resp;
