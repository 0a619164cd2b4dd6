"""A provider's order book: the smallest module that takes application data from other chains (WP 1.3, 4.1).

A customer on another chain sends `data` to the application `orders`; the body is the order's text in UTF-8, at most
1 KiB. It is kept under the next number, which is the result's data. The customer is the caller QCP derives from queue
and sender (Q9), so nobody here can act as one. The provider settles an order once, as done or refused.

Store `orders`: 0x01 || u64 number an order, 0x02 the last number, 0x03 the figures.
"""
