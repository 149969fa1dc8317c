"""Kills, full disks, stopped processes and set clocks against a real server: is anything that was acknowledged lost?"""
