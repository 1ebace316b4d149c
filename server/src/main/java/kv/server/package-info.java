/** Step 5's store on the network. */
package kv.server;
