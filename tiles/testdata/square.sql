-- one square well inside tile 12/3323/1780, another that crosses its east edge
VALUES (1, 'inside', 'POLYGON((112.08 22.90, 112.10 22.90, 112.10 22.92, 112.08 22.92, 112.08 22.90))'),
       (2, 'over the edge', 'POLYGON((112.13 22.90, 112.16 22.90, 112.16 22.92, 112.13 22.92, 112.13 22.90))')
